import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** Files of a certificate for `localhost`, 127.0.0.1 and ::1, and of the authority that signed it. */
export interface TlsFiles {
  /** Certificate of the authority. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /**
   * Our authority together with those of the machine's own `NODE_EXTRA_CA_CERTS`: for the NODE_EXTRA_CA_CERTS of children, which
   * replaces the inherited one.
   */
  readonly bundleFile: string;
}

const DAY_MS = 86_400_000;
const VALID_DAYS = 365;

/** Makes the authority and the certificate in `dir` at first use and again a month before they expire. */
export async function ensureTls(dir: string): Promise<TlsFiles> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files: TlsFiles = {
    caFile: join(dir, 'ca.pem'),
    certFile: join(dir, 'localhost.pem'),
    keyFile: join(dir, 'localhost-key.pem'),
    bundleFile: join(dir, 'bundle.pem'),
  };
  if (!usable(files)) await create(files);
  const inherited = process.env.NODE_EXTRA_CA_CERTS;
  const others = inherited && inherited !== files.bundleFile && existsSync(inherited) ? readFileSync(inherited, 'utf8') : '';
  writeFileSync(files.bundleFile, `${readFileSync(files.caFile, 'utf8').trimEnd()}\n${others}`);
  return files;
}

function usable(files: TlsFiles): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(files.certFile));
    const authority = new X509Certificate(readFileSync(files.caFile));
    return readFileSync(files.keyFile).length > 0
      && certificate.verify(authority.publicKey)
      && Date.parse(certificate.validTo) - Date.now() > 30 * DAY_MS;
  } catch {
    return false;
  }
}

async function create(files: TlsFiles): Promise<void> {
  // An hour back: a virtual machine's clock may jump when it wakes.
  const validity = { notBeforeDate: new Date(Date.now() - 3_600_000), notAfterDate: new Date(Date.now() + VALID_DAYS * DAY_MS) };
  const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', ...validity } as const;
  const authority = await generate([{ name: 'commonName', value: 'cdk-trading-platform local authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }, { type: 7, ip: '::1' }] },
    ],
  });
  // The authority's key is forgotten: nothing can ever be signed by it again.
  writeFileSync(files.caFile, authority.cert);
  writeFileSync(files.certFile, server.cert);
  writeFileSync(files.keyFile, server.private, { mode: 0o600 });
}

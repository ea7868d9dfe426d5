import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import { ConfigurationError } from '../../runtime';

const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 4;
const HEADER_BYTES = 1 + ID_BYTES + SALT_BYTES + NONCE_BYTES;
/** Shortest master secret. */
const LEAST_CHARACTERS = 32;

interface Master {
  /** Says which master sealed something. */
  readonly id: Buffer;
  readonly secret: string;
}

/** What was sealed cannot be opened: by another master, for something else, or changed since. */
export class SealBrokenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealBrokenError';
  }
}

/**
 * Seals small secrets with AES-256-GCM, each under a key of its own that follows from a master secret and a random salt. The master is a
 * secret of the platform, which keeps it encrypted with a key of KMS. What a secret belongs to is authenticated with it, so that a sealed text
 * that is copied to another row does not open there.
 */
export class SecretBox {
  private readonly masters: readonly Master[];

  /**
   * @param masters one or more, separated by commas: the first seals, each of them opens, so that one can follow another
   * @throws ConfigurationError
   */
  constructor(masters: string) {
    const secrets = masters.split(',').map((one) => one.trim());
    if (secrets.some((one) => one.length < LEAST_CHARACTERS)) {
      throw new ConfigurationError(`reference-api cannot start: API_KEYS_SECRET: each master secret must have at least ${LEAST_CHARACTERS} characters`);
    }
    this.masters = secrets.map((secret) => ({ secret, id: Buffer.from(hash('sha256', `id of ${secret}`, 'hex'), 'hex').subarray(0, ID_BYTES) }));
  }

  /** @param context what the secret belongs to */
  seal(text: string, context: string): Buffer {
    const [master] = this.masters;
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const header = Buffer.concat([Buffer.of(VERSION), master.id, salt, nonce]);
    const cipher = createCipheriv('aes-256-gcm', keyOf(master, salt), nonce);
    cipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
    return Buffer.concat([header, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws SealBrokenError */
  open(sealed: Buffer, context: string): string {
    if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== VERSION) throw new SealBrokenError('the sealed text is of no known form');
    const header = sealed.subarray(0, HEADER_BYTES);
    const master = this.masters.find(({ id }) => id.equals(header.subarray(1, 1 + ID_BYTES)));
    if (!master) throw new SealBrokenError('no master secret of this task sealed the text');
    const salt = header.subarray(1 + ID_BYTES, 1 + ID_BYTES + SALT_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(master, salt), header.subarray(-NONCE_BYTES));
    decipher.setAAD(Buffer.concat([header, Buffer.from(context)]));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      throw new SealBrokenError('the sealed text was changed, or belongs to something else');
    }
  }
}

function keyOf({ secret }: Master, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'api key secrets', 32));
}

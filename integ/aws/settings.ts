/** Where the clients of a drill send their requests; the machine's own credentials and endpoints unless it says otherwise. */
export interface AwsSettings {
  readonly region: string;
  /** For tests: a server that speaks the protocols. */
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

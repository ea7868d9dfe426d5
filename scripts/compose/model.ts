/** What a compose file consists of, as far as we use it. */
export interface ComposeFile {
  readonly 'name': string;
  readonly 'services': Record<string, ComposeService>;
  readonly 'volumes': Record<string, null>;
  readonly 'secrets': Record<string, { readonly file: string }>;
  readonly 'configs': Record<string, { readonly content: string }>;
  /** What of the templates has no container here, by type. */
  readonly 'x-left-out': Readonly<Record<string, number>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string; readonly dockerfile_inline?: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly healthcheck?: {
    readonly test: readonly string[]; readonly interval: string; readonly timeout: string; readonly retries: number; readonly start_period?: string;
  };
  readonly depends_on?: Readonly<Record<string, { readonly condition: Condition }>>;
  readonly deploy?: { readonly replicas: number };
  readonly restart?: 'unless-stopped' | 'no';
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly init?: boolean;
  readonly stop_grace_period?: string;
}

export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/** A compose file and the files with secrets beside it, by name. */
export interface Composition {
  readonly file: ComposeFile;
  readonly files: Readonly<Record<string, string>>;
}

/** As much of a WebSocket as is used. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface StreamHandlers {
  /** Data of a channel. */
  onData(channel: string, data: unknown): void;
  /** The token was taken; what is wanted is being subscribed. */
  onOpen(): void;
  /** Everything that was wanted stands. */
  onReady(): void;
  /** Messages of a channel may be missing. */
  onGap(channels: readonly string[]): void;
  /** The connection is gone, or nothing is heard any more. Another attempt follows. */
  onLost(): void;
  /** The token is not taken any more; no attempt follows. The code says why, where the server did. */
  onUnauthorized(code?: string): void;
  /** Anything came. */
  onHeard?(): void;
}

export interface StreamOptions {
  readonly token: () => string;
  readonly open: () => Socket;
  /** What to go on after, by channel. */
  readonly after?: () => Readonly<Record<string, unknown>>;
  readonly random?: () => number;
}

const PING_MS = 2_000;
/** Without a word for this long nobody is there, whatever the socket says. */
const SILENCE_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const UNAUTHORIZED = new Set([4401, 4410]);

/** One connection to the stream with its subscriptions, made again whenever it is lost, until it is closed on purpose. */
export class Stream {
  private readonly wanted = new Set<string>();
  private standing = new Set<string>();
  private socket: Socket | undefined;
  private authenticated = false;
  private wasReady = false;
  private closed = false;
  private pauseMs = FIRST_PAUSE_MS;
  private heardAt = 0;
  private refusal: string | undefined;
  private heart: ReturnType<typeof setInterval> | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: StreamOptions, private readonly handlers: StreamHandlers) {
    this.connect();
  }

  subscribe(channels: readonly string[]): void {
    for (const channel of channels) this.wanted.add(channel);
    if (this.authenticated) this.ask(channels);
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.wanted.delete(channel);
      this.standing.delete(channel);
    }
    if (this.authenticated) this.send({ op: 'unsubscribe', channels });
  }

  /** There is a new token: the connection goes on with it. */
  renew(): void {
    if (this.authenticated) this.send({ op: 'auth', token: this.options.token() });
  }

  /** The network is away: nobody needs to wait for the silence. */
  drop(): void {
    if (this.socket) this.lost(this.socket);
  }

  /** The network is back: nobody needs to wait for the pause. */
  retryNow(): void {
    if (this.socket || this.closed) return;
    clearTimeout(this.again);
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.again);
    this.letGo();
  }

  private connect(): void {
    this.standing = new Set();
    this.wasReady = false;
    const socket = this.options.open();
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => this.send({ op: 'auth', token: this.options.token() });
    socket.onmessage = ({ data }) => this.socket === socket && this.receive(JSON.parse(String(data)) as Message);
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (!UNAUTHORIZED.has(code)) return this.lost(socket);
      this.close();
      this.handlers.onUnauthorized(this.refusal);
    };
    this.heart = setInterval(() => {
      if (Date.now() - this.heardAt > SILENCE_MS) this.lost(socket);
      else if (this.authenticated) this.send({ op: 'ping' });
    }, PING_MS);
  }

  private receive(message: Message): void {
    this.heardAt = Date.now();
    this.handlers.onHeard?.();
    if (message.channel !== undefined) {
      this.handlers.onData(message.channel, message.data);
    } else if (message.op === 'authenticated') {
      // Of a new token on a connection that stands: everything goes on.
      if (this.authenticated) return;
      this.authenticated = true;
      this.pauseMs = FIRST_PAUSE_MS;
      this.handlers.onOpen();
      if (this.wanted.size > 0) this.ask([...this.wanted]);
    } else if (message.op === 'subscribed') {
      for (const channel of message.channels ?? []) if (this.wanted.has(channel)) this.standing.add(channel);
      if (!this.wasReady && [...this.wanted].every((channel) => this.standing.has(channel))) {
        this.wasReady = true;
        this.handlers.onReady();
      }
    } else if (message.op === 'gap') {
      this.handlers.onGap(message.channels ?? []);
    } else if (message.error?.code === 'session_ended') {
      this.refusal = message.error.code;
    } else if (message.error?.code === 'stream_unavailable' && message.error.channel !== undefined) {
      const { channel } = message.error;
      setTimeout(() => this.authenticated && this.wanted.has(channel) && !this.standing.has(channel) && this.ask([channel]), 1_000);
    }
  }

  private ask(channels: readonly string[]): void {
    const after = this.options.after?.() ?? {};
    const known = Object.fromEntries(Object.entries(after).filter(([channel]) => channels.includes(channel)));
    this.send({ op: 'subscribe', channels, ...(Object.keys(known).length > 0 ? { after: known } : {}) });
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  private lost(socket: Socket): void {
    if (this.socket !== socket || this.closed) return;
    this.letGo();
    this.handlers.onLost();
    const { random = Math.random } = this.options;
    this.again = setTimeout(() => this.connect(), this.pauseMs * (0.5 + random()));
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
  }

  private letGo(): void {
    clearInterval(this.heart);
    const { socket } = this;
    this.socket = undefined;
    this.authenticated = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

interface Message {
  readonly channel?: string;
  readonly data?: unknown;
  readonly op?: string;
  readonly channels?: readonly string[];
  readonly error?: { readonly code: string; readonly channel?: string };
}

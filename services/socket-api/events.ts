/** What API Gateway hands over about a connection, as far as it is looked at. */
export interface SocketEvent {
  readonly body?: string | null;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly authorizer?: Readonly<Record<string, unknown>> | null;
    readonly identity?: { readonly sourceIp?: string };
  };
}

/** The answer of a function; the body goes to the client. */
export interface SocketAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Name that a client sends before its token in `Sec-WebSocket-Protocol`, the only header that a browser lets it set. It is also what the
 * answer says, because a browser drops a connection whose answer names none of its protocols.
 */
export const PROTOCOL = 'bearer';

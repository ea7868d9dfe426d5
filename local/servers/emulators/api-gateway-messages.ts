/** Who may call a route. */
export interface RouteAuthorizer {
  /** `iss` of the tokens of each pool that is accepted. */
  readonly issuers: readonly string[];
  /** Scopes of which an access token must have one; empty: the route takes identity tokens. */
  readonly scopes: readonly string[];
}

/** What answers a route. */
export type RouteIntegration =
  | { readonly kind: 'lambda'; readonly functionName: string; readonly timeoutMs: number }
  | { readonly kind: 'http'; readonly port: number; readonly path: string; readonly method: string; readonly timeoutMs: number }
  | { readonly kind: 'fixed'; readonly status: number; readonly headers: Readonly<Record<string, string>> };

/** One method of a REST API. */
export interface RestRoute {
  /** `ANY` for every method. */
  readonly method: string;
  /** With parameters in braces, such as `/v1/orders/{id}` or `/{proxy+}`. */
  readonly path: string;
  readonly authorizer?: RouteAuthorizer;
  /** Names such as `querystring.symbol`, without which a request is refused. */
  readonly required: readonly string[];
  /** JSON schema that a body must fit. */
  readonly bodySchema?: object;
  readonly rateLimit?: number;
  readonly burstLimit?: number;
  readonly integration: RouteIntegration;
}

/** What a REST API is started with. */
export interface RestGatewaySettings {
  readonly port: number;
  readonly apiId: string;
  readonly stage: string;
  /** Where functions are invoked. */
  readonly controlUrl: string;
  readonly rateLimit: number;
  readonly burstLimit: number;
  readonly routes: readonly RestRoute[];
  /** Templates of the answers that the gateway gives itself, by their type such as `THROTTLED`; `$context.error.messageString` is filled in. */
  readonly responses: Readonly<Record<string, string>>;
}

/** What a WebSocket API is started with. */
export interface SocketGatewaySettings {
  readonly port: number;
  readonly apiId: string;
  readonly stage: string;
  readonly controlUrl: string;
  /** Field of a message that chooses the route, such as `op` for `$request.body.op`. */
  readonly routeField: string;
  /** Functions by route key. */
  readonly routes: Readonly<Record<string, string>>;
  /** Route keys whose functions answer the client. */
  readonly answering: readonly string[];
  readonly authorizer?: { readonly functionName: string; readonly headers: readonly string[]; readonly queries: readonly string[] };
}

import * as apigateway from 'aws-cdk-lib/aws-apigateway';

/** Methods that a route may answer. */
export enum RestMethod {
  /** Reads. */
  GET = 'GET',
  /** Makes something new. */
  POST = 'POST',
  /** Replaces. */
  PUT = 'PUT',
  /** Changes in part. */
  PATCH = 'PATCH',
  /** Removes. */
  DELETE = 'DELETE',
}

/** One route of a REST API. */
export interface RestApiRoute {
  /** Method that the route answers. */
  readonly method: RestMethod;

  /** Path with its parameters in braces, such as `/v1/orders/{id}`; the backend gets the same. */
  readonly path: string;

  /**
   * Whether the route can be called without a token: for signing in and health only.
   *
   * @default false
   */
  readonly isPublic?: boolean;

  /**
   * Scopes of which a token must have one. API Gateway then takes access tokens only.
   *
   * @default - any token of the pool will do
   */
  readonly scopes?: string[];

  /**
   * JSON schema of the body. A request that does not fit it never reaches the backend.
   *
   * @default - the body is not looked at
   */
  readonly bodySchema?: apigateway.JsonSchema;

  /**
   * Query parameters without which a request is refused.
   *
   * @default - none
   */
  readonly requiredQuery?: string[];

  /**
   * Requests per second of all clients together on this route, for routes that need less than the API: signing in, for example.
   *
   * @default - the limit of the API
   */
  readonly rateLimit?: number;
}

import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ApiReply, ApiRequest, Router } from './router';

/** Headers of every answer: nothing here may be kept by anybody. */
export const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

/** A request as API Gateway hands it over. Its authorizer has verified the token; whoever it belongs to is in the claims. */
export function requestOf(event: APIGatewayProxyEvent): ApiRequest {
  const claims = event.requestContext.authorizer?.claims as { sub?: string } | undefined;
  const query = Object.entries(event.queryStringParameters ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const body = event.isBase64Encoded && event.body !== null ? Buffer.from(event.body, 'base64').toString() : event.body;
  return { method: event.httpMethod, path: event.path, query: Object.fromEntries(query), body: body ?? undefined, userId: claims?.sub };
}

export function resultOf({ status, body }: ApiReply): APIGatewayProxyResult {
  return { statusCode: status, headers: HEADERS, body: JSON.stringify(body) };
}

/** What API Gateway calls. */
export function lambdaHandler(router: Router): (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult> {
  return async (event) => resultOf(await router.answer(requestOf(event)));
}

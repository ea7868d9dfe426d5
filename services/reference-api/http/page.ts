import { join } from 'node:path';
import { Router, static as serveStatic } from 'express';
import helmet from 'helmet';

/** Folder beside `main.js` in the bundle: the documentation of this service, and the trading screen as it was built. */
const FOLDER = 'page';

/**
 * Serves the trading screen and the documentation: its own script and style, connections to where it came from, and nothing else.
 *
 * @param filesFrom the one other origin that files go to and pictures come from
 */
export function page(root: string, filesFrom?: string): Router {
  const router = Router();
  const files = filesFrom === undefined ? [] : [filesFrom];
  router.use(helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], connectSrc: ["'self'", ...files], imgSrc: ["'self'", 'data:', ...files],
        baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  }));
  router.get('/v1/docs', (_request, response) => response.sendFile('docs.html', { root: join(root, FOLDER), maxAge: 0 }));
  router.use(serveStatic(join(root, FOLDER), { index: 'index.html', dotfiles: 'ignore', redirect: false, maxAge: 0 }));
  return router;
}

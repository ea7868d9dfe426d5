import { join } from 'node:path';
import { Router, static as serveStatic } from 'express';
import helmet from 'helmet';

/** Folder beside `main.js` in the bundle: the documentation of this service, and the trading screen as it was built. */
const FOLDER = 'page';

/** Serves the trading screen and the documentation: its own script and style, connections to where it came from, and nothing else. */
export function page(root: string): Router {
  const router = Router();
  router.use(helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], connectSrc: ["'self'"], imgSrc: ["'self'", 'data:'],
        baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  }));
  router.get('/v1/docs', (_request, response) => response.sendFile('docs.html', { root: join(root, FOLDER), maxAge: 0 }));
  router.use(serveStatic(join(root, FOLDER), { index: 'index.html', dotfiles: 'ignore', redirect: false, maxAge: 0 }));
  return router;
}

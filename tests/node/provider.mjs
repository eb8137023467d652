// The honest OpenID providers of the suites: npm `oidc-provider`, one instance for each entry of the one argument (JSON).
// The harness (`doorward_tests::providers::honest`) starts it and waits for the line on standard output.
//
// An entry is {"flavour": "plain" | "google" | "microsoft", "port", "client_id", "client_secret", "tenant"?, "people"},
// where `people` leads from what is typed as *Account*, the subject, to {"claims": {…}, "amr"?: [...]}.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';

import Provider, { interactionPolicy } from 'oidc-provider';

const entries = JSON.parse(process.argv[2]);
// What the library says to whoever runs it in earnest is no news here.
console.warn = () => {};
console.info = () => {};

const key = (kind, options, alg) => {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: 'jwk' }), kid: `${alg}-1`, use: 'sig', alg };
};
const RS256 = key('rsa', { modulusLength: 2048 }, 'RS256');
const ES256 = key('ec', { namedCurve: 'P-256' }, 'ES256');

const escape = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;

const form = (action, prompt, inside) => `<form method="post" action="${escape(action)}">
<input type="hidden" name="prompt" value="${prompt}">${inside}</form>`;

function start(entry) {
  const origin = `http://localhost:${entry.port}`;
  const mount = entry.flavour === 'microsoft' ? `/${entry.tenant}/v2.0` : '';
  const issuer = origin + mount;
  const alg = entry.flavour === 'plain' ? 'ES256' : 'RS256';
  const policy = interactionPolicy.base();
  const provider = new Provider(issuer, {
    clients: [{
      client_id: entry.client_id,
      client_secret: entry.client_secret,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      // The address of the server under test is not known yet; see `redirectUriAllowed`.
      redirect_uris: ['http://localhost/sign-in/callback/provider'],
      id_token_signed_response_alg: alg,
    }],
    claims: {
      openid: ['sub', 'tid', 'oid', 'xms_edov', 'amr', 'acr', 'auth_time'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username', 'locale', 'hd'],
    },
    // As the big ones do: the ID token itself says who it is.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['the cookies of a test are signed with this'] },
    jwks: { keys: [alg === 'ES256' ? ES256 : RS256] },
    interactions: { policy, url: (_, interaction) => `${mount}/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    findAccount: (_, id) => {
      const person = entry.people[id];
      return person && { accountId: id, claims: () => ({ ...person.claims, amr: person.amr, sub: id }) };
    },
  });
  provider.Client.prototype.redirectUriAllowed = (text) => {
    const url = new URL(text);
    return url.hostname.endsWith('localhost') && url.pathname.startsWith('/sign-in/callback/') && !url.search;
  };
  provider.on('server_error', (_, error) => console.error(error));

  provider.use(async (ctx, next) => {
    const [, uid, verb] = ctx.path.match(/^\/interaction\/([\w-]+)(\/abort)?$/) ?? [];
    if (!uid) {
      await next();
      return;
    }
    const { prompt, params, grantId, session } = await provider.interactionDetails(ctx.req, ctx.res);
    const finish = (result, merge) => provider.interactionResult(ctx.req, ctx.res, result, {
      mergeWithLastSubmission: merge,
    });
    if (verb) {
      ctx.redirect(await finish({ error: 'access_denied', error_description: 'the person said no' }, false));
      return;
    }
    if (ctx.method === 'GET') {
      const inside = prompt.name === 'login'
        ? '<label>Account <input name="account" required></label><button>Next</button>'
        : `<p>${escape(params.client_id)} asks who you are.</p><button>Allow</button>`;
      const here = `${mount}/interaction/${uid}`;
      ctx.type = 'html';
      ctx.body = page(
        prompt.name === 'login' ? 'Who are you?' : 'Do you allow this?',
        form(here, prompt.name, inside) + `<form action="${here}/abort"><button>Cancel</button></form>`,
      );
      return;
    }
    const body = new URLSearchParams(await text(ctx.req));
    if (prompt.name === 'login') {
      const account = body.get('account');
      if (!entry.people[account]) {
        ctx.status = 404;
        ctx.body = page('Nobody of that name', '');
        return;
      }
      ctx.redirect(await finish({ login: { accountId: account, amr: entry.people[account].amr } }, false));
      return;
    }
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? params.scope);
    if (prompt.details.missingOIDCClaims) grant.addOIDCClaims(prompt.details.missingOIDCClaims);
    ctx.redirect(await finish({ consent: { grantId: await grant.save() } }, true));
  });
  if (entry.flavour === 'microsoft') {
    // It does not name itself in its answers (RFC 9207).
    provider.use(async (ctx, next) => {
      await next();
      const location = ctx.response.get('location') ?? '';
      if (location.includes('/sign-in/callback/')) {
        const url = new URL(location);
        url.searchParams.delete('iss');
        ctx.set('location', url.href);
      }
      if (ctx.path === '/.well-known/openid-configuration') {
        delete ctx.body.authorization_response_iss_parameter_supported;
      }
    });
  }

  const answer = provider.callback();
  const server = createServer(async (request, response) => {
    if (mount && request.url === '/common/v2.0/.well-known/openid-configuration') {
      const own = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...own, issuer: `${origin}/{tenantid}/v2.0` }));
      return;
    }
    if (!request.url.startsWith(mount)) {
      response.statusCode = 404;
      response.end();
      return;
    }
    request.originalUrl = request.url;
    request.url = request.url.slice(mount.length) || '/';
    answer(request, response);
  });
  return new Promise((listening) => { server.listen(entry.port, '127.0.0.1', listening); });
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

await Promise.all(entries.map(start));
process.stdout.write('ready\n');
// The harness holds the other end: when it is gone, so is this.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

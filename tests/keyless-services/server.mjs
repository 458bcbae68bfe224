// Fulcio, Rekor (versions 1 and 2) and a timestamp authority on 127.0.0.1, by the handlers of npm @sigstore/mock. Writes the trust root, a
// configuration for each version and a made-up token into a folder, then `ready`, and serves until it is ended:
//   node server.mjs PORT FOLDER PACKAGES
import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [port, folder, packages] = process.argv.slice(2);
const require = createRequire(resolve(packages, 'package.json'));
const mock = require('@sigstore/mock');
const { HashAlgorithm, PublicKeyDetails, TrustedRoot } = require('@sigstore/protobuf-specs');
const asn1 = require('asn1js');
const canonicalize = require('canonicalize');

const url = `http://127.0.0.1:${port}`;
const start = new Date(Date.now() - 3600_000);
const pair = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

const certificateLog = await mock.initializeCTLog(pair());
const authority = await mock.initializeCA(pair(), certificateLog);
const log = await mock.initializeTLog(url, pair());
const clock = await mock.initializeTSA(pair());
const fulcio = mock.fulcioHandler(authority, { strict: true, subjectClaim: 'sub' });
const rekor = mock.rekorHandler(log, { strict: true });

// Rekor 1 answers with an entry that has digests in place of the envelope that was sent; the mock keeps what it is given.
function entered1(body) {
  const { proposedContent } = JSON.parse(body).spec;
  const envelope = JSON.parse(proposedContent.envelope);
  const hash = (bytes) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
  const signatures = envelope.signatures.map(({ sig }, at) => ({ signature: sig, verifier: proposedContent.verifiers[at] }));
  return rekor.fn(JSON.stringify({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: { envelopeHash: hash(proposedContent.envelope), payloadHash: hash(Buffer.from(envelope.payload, 'base64')), signatures },
  }));
}

// Rekor 2 enters a hashedrekord, which the mock's own handler does not know.
function entered2(body) {
  const { digest, signature } = JSON.parse(body).hashedRekordRequestV002;
  const entry = Buffer.from(canonicalize({
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature } },
  }));
  const id = sha256(log.publicKey);
  const proof = log.calculateInclusionProof({ body: entry, timestamp: Math.floor(Date.now() / 1000), logID: id });
  return { statusCode: 201, response: JSON.stringify({
    logIndex: '0',
    logId: { keyId: id.toString('base64') },
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    integratedTime: '0',
    inclusionPromise: null,
    inclusionProof: {
      logIndex: '0',
      treeSize: '1',
      rootHash: Buffer.from(proof.rootHash, 'hex').toString('base64'),
      hashes: [],
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: entry.toString('base64'),
  }) };
}

// The mock takes JSON and knows no nonce of 64 bits; RFC 3161 is DER, and its time here is of whole seconds.
clock.getCurrentTime = () => new Date(Math.floor(Date.now() / 1000) * 1000);
const stated = clock.tstInfo.bind(clock);
let nonce;
clock.tstInfo = (request) => Object.assign(stated({ ...request, nonce: 1 }), { nonce });
async function stamped(body) {
  const [, imprint, given] = asn1.fromBER(new Uint8Array(body)).result.valueBlock.value;
  const [algorithm, digest] = imprint.valueBlock.value;
  nonce = given;
  const response = await clock.timestamp({
    artifactHash: Buffer.from(digest.valueBlock.valueHexView),
    hashAlgorithmOID: algorithm.valueBlock.value[0].valueBlock.toString(),
    policyOID: '1.3.6.1.4.1.57264.2',
    certReq: true,
  });
  return { statusCode: 201, response };
}

const routes = {
  [fulcio.path]: fulcio.fn,
  '/api/v1/log/entries': entered1,
  '/api/v2/log/entries': entered2,
  '/api/v1/timestamp': stamped,
};

const authorities = (certificates) => [{
  subject: { commonName: 'tests', organization: 'tests' },
  uri: url,
  certChain: { certificates: certificates.map(({ buffer }) => ({ rawBytes: Buffer.from(buffer) })) },
  validFor: { start },
}];
const logs = (key) => [{
  baseUrl: url,
  hashAlgorithm: HashAlgorithm.SHA2_256,
  publicKey: { rawBytes: key, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor: { start } },
  logId: { keyId: sha256(key) },
}];
const trustedRoot = TrustedRoot.toJSON({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  certificateAuthorities: authorities([authority.rootCertificate]),
  ctlogs: logs(certificateLog.publicKey),
  tlogs: logs(log.publicKey),
  timestampAuthorities: authorities([clock.intCertificate, clock.rootCertificate]),
});
const services = (address, version) => [{ url: address, majorApiVersion: version, validFor: { start }, operator: 'tests' }];
const signingConfig = (version) => ({
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: services(url, 1),
  oidcUrls: [],
  rekorTlogUrls: services(url, version),
  tsaUrls: services(`${url}/api/v1/timestamp`, 1),
  rekorTlogConfig: { selector: 'ANY' },
  tsaConfig: { selector: 'ANY' },
});
const write = (name, value) => writeFileSync(resolve(folder, name), JSON.stringify(value, null, 1));
mkdirSync(folder, { recursive: true });
write('trusted_root.json', trustedRoot);
for (const version of [1, 2]) {
  write(`signing_config_${version}.json`, signingConfig(version));
  write(`trust_config_${version}.json`, {
    mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
    trustedRoot,
    signingConfig: signingConfig(version),
  });
}
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const workflow = 'acme/models/.github/workflows/gate.yml@refs/heads/main';
const now = Math.floor(Date.now() / 1000);
writeFileSync(resolve(folder, 'token'), [encoded({ alg: 'RS256', typ: 'JWT' }), encoded({
  iss: 'https://token.actions.githubusercontent.com',
  sub: `https://github.com/${workflow}`,
  aud: 'sigstore',
  iat: now,
  exp: now + 3600,
  job_workflow_ref: workflow,
  repository: 'acme/models',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  event_name: 'push',
  workflow: 'gate',
}), encoded('signature')].join('.'));

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const route = routes[request.url];
  try {
    const { statusCode, response: answer } = route
      ? await route(request.url.endsWith('timestamp') ? body : body.toString())
      : { statusCode: 404, response: 'nothing here' };
    response.statusCode = statusCode;
    response.end(answer);
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));

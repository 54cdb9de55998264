// Subscribes with npm graphql-ws, as the README tells developers of clients to, over the end of the first access token.
// Prints { opened, closed: [code], authorized, results, quietForMs, ended }.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, mode, query, first, second, seconds] = process.argv.slice(2);
const told = { opened: 0, closed: [], authorized: null, results: 0, quietForMs: null, ended: null };
let socket;
let lastResult = 0;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  // Asked for with each socket.
  connectionParams: () => ({ Authorization: `Bearer ${told.opened === 1 ? first : second}` }),
  on: {
    opened: () => { told.opened += 1; },
    connected: (connected) => { socket = connected; },
    closed: (event) => told.closed.push(event.code),
    pong: (received, payload) => { if (received) told.authorized = payload ?? null; },
  },
});
client.subscribe({ query }, {
  next: () => { told.results += 1; lastResult = Date.now(); },
  error: (error) => { told.ended = String(error?.reason ?? JSON.stringify(error)); },
  complete: () => { told.ended ??= 'complete'; },
});
if (mode === 'ping') {
  setTimeout(() => socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${second}` } })), 1_000);
}
setTimeout(() => {
  told.quietForMs = Date.now() - lastResult;
  console.log(JSON.stringify(told));
  process.exit(0);
}, Number(seconds) * 1_000);

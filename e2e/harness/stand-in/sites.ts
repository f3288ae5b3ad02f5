/** `protocol`: each origin of a handled scheme is served on a loopback port of its own. */
import type Electron from 'electron'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

type Handler = Parameters<Electron.Protocol['handle']>[1]

const handlers = new Map<string, Handler>()
/** By origin of the scheme (`app://studio`): its loopback origin. */
const origins = new Map<string, Promise<string>>()
const loopbacks = new Map<string, string>()

export const protocol = {
  registerSchemesAsPrivileged: () => undefined,
  handle: (scheme, handler) => void handlers.set(scheme, handler),
  unhandle: (scheme) => void handlers.delete(scheme),
  isProtocolHandled: (scheme) => handlers.has(scheme)
} satisfies Partial<Electron.Protocol>

/** What the page loads in place of `url`. */
export async function toLoopback(url: string): Promise<string> {
  const { protocol: scheme, host, pathname, search } = new URL(url)
  if (!handlers.has(scheme.slice(0, -1))) return url
  const origin = `${scheme}//${host}`
  const loopback = origins.get(origin) ?? listen(origin)
  origins.set(origin, loopback)
  return (await loopback) + pathname + search
}

/** The URL as Electron would report it: ours for our loopback origins, any other as it is. */
export function fromLoopback(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const origin = parsed && loopbacks.get(parsed.origin)
  return parsed && origin !== undefined ? origin + parsed.pathname + parsed.search + parsed.hash : url
}

async function listen(origin: string): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    // Not by the name of another page that was made to point here.
    if (incoming.headers.host !== hostOf(server)) return void outgoing.writeHead(421).end()
    answer(origin, incoming, outgoing).catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const loopback = `http://${hostOf(server)}`
  loopbacks.set(loopback, origin)
  return loopback
}

function hostOf(server: Server): string {
  const address = server.address()
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : ''
}

async function answer(origin: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const handler = handlers.get(new URL(origin).protocol.slice(0, -1))
  if (!handler) return void outgoing.writeHead(404).end()
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)])
  const request = new Request(origin + (incoming.url ?? '/'), {
    ...{ method: incoming.method ?? 'GET', headers, signal: gone.signal }
  })
  const response = await handler(request)
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (response.body === null) return void outgoing.end()
  // A video element gives up most of its requests half way: that ends the pipeline and cancels the body.
  await pipeline(chunksOf(response.body), outgoing).catch(() => outgoing.destroy())
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel()
  }
}

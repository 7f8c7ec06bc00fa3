// Changes for the tests.
import type { Changes } from '../client/api'

/** A page of Ana's chat with messages of these versions. */
export function page(after: number, versions: number[], more: Partial<Changes> = {}): Changes {
  return {
    matter: 'elm',
    after,
    version: Math.max(after + 1, ...versions),
    more: false,
    info: { id: 'elm', reference: '2026-1', title: 'Elm Street', version: 1 },
    users: [{ id: 'maya', name: 'Maya Hart' }],
    participants: [
      { id: 'ana', matter: 'elm', name: 'Ana', role: 'Client', other_side: false, joined: true, version: 2 },
    ],
    messages: versions.map((version) => ({
      id: `m${version}`,
      participant: 'ana',
      author: version % 2 ? 'ana' : 'maya',
      text: `text ${version}`,
      written_at: version,
      sent_at: version,
      version,
    })),
    ...more,
  }
}

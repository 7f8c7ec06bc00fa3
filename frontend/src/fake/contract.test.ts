import { it } from 'vitest'
import { accountsContract, closingContract, contract, undoContract } from '../../tests/contract'
import type { World } from '../../tests/contract/world'
import { device } from './account'
import { FakeBackend } from './window'

function world(): World {
  const backend = new FakeBackend()
  backend.undoFor = 20
  let matters = 0
  return {
    backend,
    password: backend.password,
    async openMatter(title, name) {
      const reference = `matter-${++matters}`
      const matter = await backend.openMatter({ reference, title, type: 'Lease' }, backend.me.id, [])
      const participant = await backend.addParticipant(matter, { name, role: 'Client', other_side: false })
      return { matter, participant }
    },
    async participantSends(participant, ...texts) {
      const chat = backend.findAnywhere(participant)
      Object.assign(chat.person, { joined: true, account: `account of ${participant}` })
      backend.signedIn.set(`account of ${participant}`, [device('phone', { kind: 'browser' })])
      for (const text of texts) backend.receive(participant, text, Date.now())
      backend.changed(chat.matter)
    },
    async secondAccount() {
      const matter = {
        ...{ id: 'hers', reference: 'hers', title: 'Mill Lane', type: 'Lease', opened_at: 1 },
        ...{ assigned: 'leah', assigned_name: 'Leah Stone', mine: true },
      }
      backend.addAccount('leah', 'Leah Stone', 'Hart & Co. (Leah Stone)', matter, {
        id: 'ben',
        name: 'Ben Reyes',
      })
      return { key: 'leah', matter: 'hers', participant: 'ben' }
    },
    async colleagueSetsStatus(participant, text) {
      backend.receive(participant, text, Date.now(), { id: 'leah', name: 'Leah Stone' }, true)
      backend.changed(backend.chats.get(participant)!.matter)
    },
  }
}

it.each([...undoContract, ...contract, ...accountsContract, ...closingContract])('%s', (_, run) =>
  run(world()),
)

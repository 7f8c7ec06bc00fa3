import assert from 'node:assert/strict'
import { failsWith, until, type Check } from './world'

/** The user's session, their account, and how fresh their copy is. */
export const sessionChecks: Check[] = [
  [
    'says who is signed in',
    async ({ backend }) => {
      const session = await backend.session()
      assert.equal(session.state, 'in')
      assert.equal(session.name, 'Maya Hart')
      assert.notEqual(session.user, '')
      assert.notEqual(session.key, '')
    },
  ],
  [
    'says how fresh the copy is',
    async (world) => {
      const { backend } = world
      const fresh = await until(world, backend.freshness, ({ state }) => state === 'current')
      assert.deepEqual([fresh.problem, fresh.next, fresh.warning, fresh.mended], ['', '', '', ''])
    },
  ],
  [
    'knows how the user signs in, and on which devices',
    async ({ backend }) => {
      const { email, must_change } = await backend.session()
      assert.deepEqual([email, must_change], ['maya@firm.example', false])
      const [here, ...others] = await backend.devices()
      assert.deepEqual([here.current, here.kind, others.length], [true, 'desktop', 0])
      assert.ok(here.used_at > 0 && here.device.startsWith('Desktop'))
      await assert.rejects(backend.signOutDevice('nowhere'), failsWith('not_found'))
    },
  ],
  [
    'changes the email and the password only with the right password',
    async ({ backend }) => {
      const wrong = 'not the right password'
      await assert.rejects(
        backend.changeEmail(wrong, 'maya@other.example'),
        failsWith('wrong_password', 'password'),
      )
      await assert.rejects(
        backend.changePassword(wrong, 'another four words'),
        failsWith('wrong_password', 'old'),
      )
      await assert.rejects(backend.rename(' '), failsWith('required', 'name'))
    },
  ],
  [
    'sets up two-step verification only with the right password and code',
    async ({ backend }) => {
      const wrong = 'not the right password'
      await assert.rejects(backend.startTwoStep(wrong, ''), failsWith('wrong_password', 'password'))
      await assert.rejects(backend.endTwoStep(wrong, '123456'), failsWith('wrong_password', 'password'))
      await assert.rejects(backend.newRecoveryCodes(wrong, '123456'), failsWith('wrong_password', 'password'))
      await backend.savedRecoveryCodes() // there are none
      await assert.rejects(backend.confirmTwoStep('123456'), failsWith('wrong_code', 'code'))
      assert.deepEqual((await backend.session()).two_step, false)
    },
  ],
  [
    'knows only the passkeys that were added',
    async ({ backend }) => {
      assert.deepEqual(await backend.passkeys(), [])
      await assert.rejects(backend.renamePasskey('none', 'My phone'), failsWith('not_found'))
      await assert.rejects(backend.removePasskey('none'), failsWith('not_found'))
    },
  ],
  [
    'confirms who the user is only with the right password',
    async ({ backend, password }) => {
      await assert.rejects(
        backend.confirm('not the right password', ''),
        failsWith('wrong_password', 'password'),
      )
      await backend.confirm(password, '')
    },
  ],
]

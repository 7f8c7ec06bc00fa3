import { beforeEach, expect, it, vi } from 'vitest'
import { FakeBackend } from '../fake/window'
import { Confirming } from './confirming.svelte'

let backend: FakeBackend
let confirming: Confirming

beforeEach(() => {
  backend = new FakeBackend()
  backend.confirmed = false
  confirming = new Confirming(backend)
})

/** Waits for the question. */
const asked = () => vi.waitUntil(() => confirming.form)
const link = () => confirming.run(() => backend.resetPassword('leah'))
const links = () => backend.calls.filter((call) => call === 'resetPassword leah').length

it('repeats what needed a confirmation', async () => {
  const made = link()
  const form = await asked()
  expect(await form.save()).toBe(false)
  expect(form.problem('password')).toBe('Enter your password.')
  form.values.password = 'wrong'
  expect(await form.save()).toBe(false)
  expect(form.problem('password')).toBe('Wrong password.')
  expect(form.values.password).toBe('wrong')
  expect(links()).toBe(1)
  form.values.password = backend.password
  expect(await form.save()).toBe(true)
  confirming.close(true)
  expect((await made).link).toMatch(/\/reset#/)
  expect([links(), confirming.form]).toEqual([2, undefined])
  await link() // it counts for a while
  expect([links(), confirming.form]).toEqual([3, undefined])
})

it('asks for a code, too, if the portal wants one', async () => {
  backend.tellSession({ two_step: true })
  backend.code = '123456'
  const made = link()
  const form = await asked()
  form.values.password = backend.password
  expect(await form.save()).toBe(false)
  expect(form.failure?.field).toBe('code')
  form.values.code = ' 123456 '
  expect(await form.save()).toBe(true)
  confirming.close(true)
  await made
})

it('changes nothing without a confirmation', async () => {
  const made = link()
  await asked()
  confirming.close(false)
  await expect(made).rejects.toMatchObject({ code: 'not_confirmed' })
  expect(links()).toBe(1)
})

it('asks once for two things at the same time', async () => {
  const both = [link(), link()]
  const form = await asked()
  form.values.password = backend.password
  await form.save()
  confirming.close(true)
  expect(await Promise.all(both)).toHaveLength(2)
})

it('leaves other failures as they are, and a confirmation that only a new sign-in gives', async () => {
  await expect(confirming.run(() => backend.resetPassword('nobody'))).rejects.toMatchObject({
    code: 'not_found',
  })
  backend.fails.set('resetPassword', { code: 'confirm_first', message: 'Sign in again.', field: '' })
  await expect(link()).rejects.toMatchObject({ message: 'Sign in again.' })
  expect(confirming.form).toBeUndefined()
})

it("confirms with the firm's account where the user has no password", async () => {
  backend.state.no_password = true
  const made = link()
  const form = await asked()
  expect(confirming.way).toBe('provider')
  expect(await form.save()).toBe(true)
  confirming.close(true)
  await made
  expect(backend.calls).toContain('confirmAtProvider')

  backend.confirmed = false
  const again = link()
  await asked()
  confirming.close(false)
  await expect(again).rejects.toMatchObject({ code: 'not_confirmed' })
  expect(backend.calls).toContain('cancelSignIn')
})

it('confirms with a passkey instead, and goes back to the password', async () => {
  const made = link()
  await asked()
  confirming.use('passkey')
  expect(backend.calls).not.toContain('cancelSignIn')
  const answer = backend.block('confirmByPasskey')
  const waiting = confirming.form!.save()
  confirming.use('password')
  expect(backend.calls).toContain('cancelSignIn')
  expect(confirming.form!.failure).toBeUndefined()
  answer()
  await waiting
  backend.confirmed = false

  confirming.use('passkey')
  expect(await confirming.form!.save()).toBe(true)
  confirming.close(true)
  await made
})

it('asks for the passkey of a user who has nothing else', async () => {
  const failure = { code: 'confirm_first', message: "Confirm it's you.", field: 'passkey' }
  backend.fails.set('resetPassword', failure)
  const made = link()
  await asked()
  expect([confirming.named, confirming.way]).toEqual(['passkey', 'passkey'])
  confirming.close(false)
  await expect(made).rejects.toMatchObject({ code: 'not_confirmed' })
})

import { beforeEach, expect, it } from 'vitest'
import { fakeRecoveryCodes } from '../fake/account'
import { FakeBackend } from '../fake/window'
import { Session } from './session.svelte'
import { SignIn } from './signin.svelte'

let backend: FakeBackend
let session: Session
let signIn: SignIn

beforeEach(() => {
  backend = new FakeBackend()
  backend.state.state = 'out'
  session = new Session(backend)
  signIn = new SignIn(session)
  Object.assign(signIn, { email: ' maya@firm.example ', password: 'four words' })
})

const enter = () => signIn.enter('https://portal.example')

it('needs no code without two-step verification', async () => {
  expect(await enter()).toBe(true)
  expect(backend.calls).toContain('signIn https://portal.example maya@firm.example four words')
})

it('asks for a code after the password, without calling it an error', async () => {
  backend.code = '123456'
  expect(await enter()).toBe(false)
  expect([signIn.step, session.signInFailure]).toEqual(['code', undefined])
  await enter()
  expect(session.signInFailure?.field).toBe('code')
  expect(backend.calls.some((call) => call.startsWith('signInWithCode'))).toBe(false)
  signIn.code = '000000'
  await enter()
  expect([signIn.step, signIn.code, session.signInFailure?.code]).toEqual(['code', '000000', 'wrong_code'])
  signIn.code = ' 123456 '
  expect(await enter()).toBe(true)
  expect([session.value.state, session.recoveryCodes]).toEqual(['in', []])
})

it('tells of the wrong codes of others, not of the user', async () => {
  backend.code = '123456'
  backend.wrongCodes = 4
  await enter()
  signIn.code = '000000'
  await enter()
  signIn.code = '123456'
  await enter()
  expect(session.wrongCodes).toBe(3)
})

it('goes back to the password, and keeps what was typed', async () => {
  backend.code = '123456'
  await enter()
  signIn.code = '000000'
  await enter()
  signIn.back()
  expect([signIn.step, signIn.code, session.signInFailure]).toEqual(['password', '', undefined])
  expect([signIn.email, signIn.password]).toEqual([' maya@firm.example ', 'four words'])
})

it('asks for the password again if it has just been changed', async () => {
  backend.code = '123456'
  await enter()
  const wrong = { code: 'wrong_password', message: 'Wrong email or password.', field: 'password' }
  backend.fails.set('signInWithCode', wrong)
  signIn.code = '123456'
  await enter()
  expect([signIn.step, session.signInFailure]).toEqual(['password', wrong])
})

it('sets up two-step verification where the firm requires it', async () => {
  backend.code = '123456'
  backend.twoStepKey = { secret: 'SECRET', qr: 'M0 0', size: 21 }
  expect(await enter()).toBe(false)
  expect([signIn.step, signIn.key?.secret, session.signInFailure]).toEqual(['set_up', 'SECRET', undefined])
  signIn.code = '000000'
  await enter()
  expect([signIn.step, signIn.key?.secret]).toEqual(['set_up', 'SECRET'])
  signIn.code = '123456'
  expect(await enter()).toBe(true)
  expect([session.recoveryCodes, session.wrongCodes]).toEqual([fakeRecoveryCodes, 0])
})

it('says why it could not be set up', async () => {
  backend.code = '123456'
  backend.twoStepKey = { secret: 'SECRET', qr: 'M0 0', size: 21 }
  const away = { code: 'unreachable', message: 'The portal does not answer.', field: 'address' }
  backend.fails.set('setUpTwoStep', away)
  await enter()
  expect([signIn.step, session.signInFailure]).toEqual(['password', away])
  await enter()
  expect(signIn.step).toBe('set_up')
})

it('says that a refused password begins or ends with a space', async () => {
  const refused = { code: 'wrong_password', message: 'Wrong email or password.', field: 'password' }
  for (const [password, message] of [
    ['four words', refused.message],
    ['four words ', 'Wrong email or password. What you entered begins or ends with a space.'],
  ]) {
    backend.fails.set('signIn', refused)
    signIn.password = password
    expect(await enter()).toBe(false)
    expect([session.signInFailure?.message, signIn.password]).toEqual([message, password])
  }
})

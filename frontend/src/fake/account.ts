import type { Device, Passkey, TwoStepKey } from '../model/account'
import type { Session } from '../model/backend'
import { failure, FakeCalls, listen, notFound } from './calls'

/** How the user signs in, and their own account. */
export abstract class FakeAccount extends FakeCalls {
  me = { id: 'maya', name: 'Maya Hart' }
  state: Session = {
    state: 'in',
    user: 'maya',
    name: 'Maya Hart',
    email: 'maya@firm.example',
    must_change: false,
    ...{ no_password: false, sso_only: false },
    two_step: false,
    recovery_codes: 0,
    recovery_codes_unsaved: false,
    email_set_by: '',
    ...{ passkeys_work: true, passkeys: 0 },
    firm: 'Hart & Co.',
    portal: 'https://portal.example',
    ...{ demo: false, key: 'maya', opened: 1, here: '', problem: '', locked: '', notice: '' },
  }
  password = 'four words are enough'
  /** The session is confirmed: the portal knows that the user is there. */
  confirmed = true
  /** What the user's authenticator app shows. A sign-in needs it unless it's empty. */
  code = ''
  /** The key of an authenticator app that is being set up. */
  twoStepKey?: TwoStepKey
  ownPasskeys: Passkey[] = []
  /** How many wrong codes others tried. */
  wrongCodes = 0
  /** The devices by account. */
  signedIn = new Map<string, Device[]>([['maya', [device('here', { current: true })]]])
  /** The portal's newest version. The IDs of new things contain it. */
  protected version = 0
  #session = new Set<() => void>()

  tellSession(s: Partial<Session>) {
    this.state = { ...this.state, ...s }
    for (const hint of this.#session) hint()
  }

  // Signing in.

  session = () => this.answer('session', () => this.state)
  onSession = (hint: () => void) => listen(this.#session, hint)
  signIn = (address: string, email: string, password: string) =>
    this.answer(`signIn ${address} ${email} ${password}`, () => {
      if (this.code && this.twoStepKey) throw failure('set_up_first', 'Set it up to sign in.')
      if (this.code)
        throw failure('code_required', 'Enter the code that your authenticator app shows.', 'code')
      this.tellSession({ state: 'in' })
    })
  signInWithCode = (_address: string, _email: string, _password: string, code: string) =>
    this.answer(`signInWithCode ${code}`, () => {
      if (code !== this.code) throw wrongCode
      this.tellSession({ state: 'in', two_step: true })
      const recovery_codes: string[] = this.twoStepKey ? fakeRecoveryCodes : []
      this.twoStepKey = undefined
      return { recovery_codes, wrong_codes: this.wrongCodes }
    })
  setUpTwoStep = (_address: string, email: string) =>
    this.answer(`setUpTwoStep ${email}`, () => this.twoStepKey ?? fakeKey)
  signInAtProvider = (address: string) =>
    this.answer(`signInAtProvider ${address}`, () => this.tellSession({ state: 'in' }))
  signInByPasskey = (address: string) =>
    this.answer(`signInByPasskey ${address}`, () => this.tellSession({ state: 'in' }))
  cancelSignIn = () => this.answer('cancelSignIn', () => {})
  startDemo = () => this.answer('startDemo', () => this.tellSession({ state: 'in', demo: true }))
  checkPortal = (address: string) =>
    this.answer(`checkPortal ${address}`, () => ({
      ...{ address, firm: `Firm of ${address}`, colour: '' },
      ...{ provider: false, passwords: true, passkeys: true },
    }))
  createFirm = (firm: string, name: string) =>
    this.answer(`createFirm ${firm}`, () => this.tellSession({ state: 'in', firm, name }))
  showStart = () => this.answer('showStart', () => this.tellSession({ state: 'out' }))
  signOut = () => this.answer('signOut', () => this.tellSession({ state: 'out' }))

  // Confirming that the user is there.

  confirm = (password: string, code: string) =>
    this.answer(`confirm ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.confirmed = true
    })
  confirmAtProvider = () =>
    this.answer('confirmAtProvider', () => {
      this.confirmed = true
    })
  confirmByPasskey = () =>
    this.answer('confirmByPasskey', () => {
      this.confirmed = true
    })

  protected mustBeConfirmed() {
    if (!this.confirmed)
      throw failure('confirm_first', "Confirm it's you.", this.state.no_password ? 'provider' : 'password')
  }

  #checkTwoStep(password: string, code: string) {
    if (password !== this.password) throw wrongPassword('password')
    if (!this.state.two_step) return
    if (code === '')
      throw failure('code_required', 'Enter the code that your authenticator app shows.', 'code')
    if (code !== this.code) throw wrongCode
  }

  // The account.

  rename = (name: string) =>
    this.answer(`rename ${name}`, () => {
      if (name.trim() === '') throw { code: 'required', message: 'Enter a name.', field: 'name' }
      this.tellSession({ name })
    })
  changeEmail = (password: string, email: string) =>
    this.answer(`changeEmail ${email}`, () => {
      if (this.state.no_password) this.mustBeConfirmed()
      else if (password !== this.password) throw wrongPassword('password')
      if (!email.includes('@'))
        throw { code: 'malformed', message: 'Enter a valid email address.', field: 'email' }
      this.tellSession({ email })
    })
  changePassword = (old: string, chosen: string) =>
    this.answer('changePassword', () => {
      if (old !== this.password) throw wrongPassword('old')
      if (chosen === old || chosen.length < 10)
        throw { code: 'weak_password', message: 'This password is too easy to guess.', field: 'password' }
      this.password = chosen
      this.#keepDevices(this.me.id, ({ current }) => current)
      this.tellSession({ must_change: false })
    })

  startTwoStep = (password: string, code: string) =>
    this.answer(`startTwoStep ${code}`, () => {
      this.#checkTwoStep(password, code)
      return (this.twoStepKey = fakeKey)
    })
  confirmTwoStep = (code: string) =>
    this.answer(`confirmTwoStep ${code}`, () => {
      if (!this.twoStepKey || code !== this.code) throw wrongCode
      this.twoStepKey = undefined
      this.#madeCodes()
      return fakeRecoveryCodes
    })
  newRecoveryCodes = (password: string, code: string) =>
    this.answer(`newRecoveryCodes ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.#madeCodes()
      return fakeRecoveryCodes
    })
  savedRecoveryCodes = () =>
    this.answer('savedRecoveryCodes', () => this.tellSession({ recovery_codes_unsaved: false }))
  endTwoStep = (password: string, code: string) =>
    this.answer(`endTwoStep ${code}`, () => {
      this.#checkTwoStep(password, code)
      this.tellSession({ two_step: false, recovery_codes: 0 })
    })

  #madeCodes() {
    const recovery_codes = fakeRecoveryCodes.length
    this.tellSession({ two_step: true, recovery_codes, recovery_codes_unsaved: true })
  }

  passkeys = () => this.answer('passkeys', () => this.ownPasskeys)
  addPasskey = () =>
    this.answer('addPasskey', () => {
      this.mustBeConfirmed()
      const id = `p${++this.version}`
      const added = { id, name: 'Firefox on Linux', created_at: Date.now(), used_at: 0 }
      this.#setPasskeys([...this.ownPasskeys, added])
    })
  renamePasskey = (id: string, name: string) =>
    this.answer(`renamePasskey ${id} ${name}`, () => {
      if (!this.ownPasskeys.some((passkey) => passkey.id === id)) throw notFound
      this.ownPasskeys = this.ownPasskeys.map((passkey) =>
        passkey.id === id ? { ...passkey, name } : passkey,
      )
    })
  removePasskey = (id: string) =>
    this.answer(`removePasskey ${id}`, () => {
      if (!this.ownPasskeys.some((passkey) => passkey.id === id)) throw notFound
      this.#setPasskeys(this.ownPasskeys.filter((passkey) => passkey.id !== id))
    })

  #setPasskeys(all: Passkey[]) {
    this.ownPasskeys = all
    this.tellSession({ passkeys: all.length })
  }

  devices = () => this.answer('devices', () => this.signedIn.get(this.me.id) ?? [])
  signOutDevice = (id: string) => this.answer(`signOutDevice ${id}`, () => this.endDevice(this.me.id, id))

  /** Of a user's device, the portal knows that it may still have a copy. */
  protected endDevice(account: string, id: string, erase = false) {
    const device = this.signedIn.get(account)?.find((device) => device.id === id)
    if (!device || device.erase || (device.ended_at && !erase)) throw notFound
    this.#keepDevices(account, (device) => device.id !== id)
    if (device.kind === 'browser' || account === this.me.id) return
    this.signedIn.get(account)!.push({ ...device, ended_at: device.ended_at ?? Date.now(), erase })
  }

  #keepDevices(account: string, stays: (device: Device) => boolean) {
    this.signedIn.set(account, (this.signedIn.get(account) ?? []).filter(stays))
  }
}

/** A device that is signed in. */
export const device = (id: string, more: Partial<Device> = {}): Device => ({
  ...{ id, device: `Desktop ${id}`, kind: 'desktop', created_at: 1, used_at: Date.now() },
  ...{ address: '127.0.0.1', current: false },
  ...more,
})

const wrongPassword = (field: string) => failure('wrong_password', 'Wrong password.', field)
const wrongCode = failure('wrong_code', 'This code is wrong or too old.', 'code')

const fakeKey: TwoStepKey = { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', qr: 'M0 0h1v1h-1z', size: 21 }
export const fakeRecoveryCodes = ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh']

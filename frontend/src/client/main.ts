import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import { api } from './api'
import App from './App.svelte'
import { base } from './base'
import { ClientApp } from './clientapp.svelte'
import { readEntryLink } from './link'
import PasskeyPage from './PasskeyPage.svelte'
import { PasskeyVisit } from './passkeyvisit.svelte'

const target = document.body
if (location.pathname === `${base}passkey`) {
  const visit = new PasskeyVisit(api, location.hash)
  void visit.read()
  mount(PasskeyPage, { target, props: { visit } })
} else {
  const app = new ClientApp(api)
  void app.start(readEntryLink())
  mount(App, { target, props: { app } })
}

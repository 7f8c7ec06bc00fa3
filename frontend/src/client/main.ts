import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import { api } from './api'
import App from './App.svelte'
import { ClientApp } from './clientapp.svelte'
import { readEntryLink } from './link'

const app = new ClientApp(api)
void app.start(readEntryLink())
mount(App, { target: document.body, props: { app } })

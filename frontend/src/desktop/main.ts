import '@fontsource-variable/inter'
import { mount } from 'svelte'
import { Settings } from '../model/settings.svelte'
import '../shared/base.css'
import App from './App.svelte'
import { answerPings, bridge } from './bridge'

answerPings()
const settings = new Settings(bridge)
await settings.read() // so that the window doesn't flash in another theme
mount(App, { target: document.body, props: { backend: bridge, settings } })

import '@fontsource-variable/inter'
import { mount } from 'svelte'
import { Settings } from '../model/settings.svelte'
import '../shared/base.css'
import App from './App.svelte'
import { bridge } from './bridge'

const settings = new Settings(bridge)
await settings.read() // or the window would show in another theme first
mount(App, { target: document.body, props: { backend: bridge, settings } })

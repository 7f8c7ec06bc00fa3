import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import App from './App.svelte'
import { bridge } from './bridge'

mount(App, { target: document.body, props: { backend: bridge } })

import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import { api } from './api'
import App from './App.svelte'
import { Visit } from './visit.svelte'
import { wayIn } from './way'

const visit = new Visit(api)
void visit.begin(wayIn())
mount(App, { target: document.body, props: { visit } })

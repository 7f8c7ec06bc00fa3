import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import { api } from './api'
import App from './App.svelte'
import { Visit } from './clientsession.svelte'
import { wayIn } from './link'

const visit = new Visit(api)
void visit.begin(wayIn())
mount(App, { target: document.body, props: { visit } })

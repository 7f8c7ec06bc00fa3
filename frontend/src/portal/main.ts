import '@fontsource-variable/inter'
import { mount } from 'svelte'
import '../shared/base.css'
import { api } from './api'
import App from './App.svelte'
import { Visit } from './visit.svelte'

// A link's secret stands behind the #, where no server sees it; nor is it to stay in the address bar.
const secret = location.pathname === '/join' ? location.hash.slice(1) : ''
if (location.pathname !== '/') history.replaceState(null, '', '/')

const visit = new Visit(api)
void visit.begin(secret)
mount(App, { target: document.body, props: { visit } })

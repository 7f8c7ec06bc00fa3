import '@fontsource-variable/inter'
import '../shared/base.css'

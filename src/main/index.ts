import { startApplication } from './shell/application'

startApplication()

// What makes the pages quicker. Everything works without it, save what is live.
import { account } from './account.js'
import { idle } from './idle.js'
import { keyboard } from './keyboard.js'
import { live } from './live.js'

keyboard()
live()
account()
idle()

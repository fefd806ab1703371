// What makes the pages quicker. Everything works without it, save what is live.
import { account } from './account.js'
import { idle } from './idle.js'
import { keyboard } from './keyboard.js'
import { live } from './live.js'
import { printing } from './print.js'
import { styled } from './styled.js'

styled()
keyboard()
live()
account()
idle()
printing()

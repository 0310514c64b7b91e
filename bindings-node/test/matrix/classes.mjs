// What both roles register. The enum has constants that are objects of their own, so that it travels in any place; all
// other classes stay JavaObjects.

import { registerEnum } from '../../dist/index.mjs';

const constants = ['RED', 'GREEN', 'BLUE'].map((name) => [name, Symbol(name)]);
registerEnum('io.polydubbo.peer.api.Color', Object.fromEntries(constants));

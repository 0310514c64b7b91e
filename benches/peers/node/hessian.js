'use strict';

// hessian.js alone, with its cache of classes: decoding the object of the benchmark.

const fs = require('node:fs');
const path = require('node:path');
const hessian = require('hessian.js');
const meter = require('./meter');

const bytes = fs.readFileSync(path.join(__dirname, '../../micro/src/user.hessian'));
const classes = new Map();
const decode = () => hessian.decode(bytes, '2.0', { classCache: classes });

const user = decode();
if (user.name !== 'Ada Lovelace' || user.permissions.length !== 15) throw new Error('hessian.js did not read the user');
console.log(JSON.stringify({ extra: { decode_ns: meter.best(decode, Number(process.argv[2])) } }));

// An `import()` of the package would take all that it exports.
export { gemoji } from 'gemoji';

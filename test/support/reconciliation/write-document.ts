/** Writes docs/reconciliation.md anew: `npm run docs:reconciliation`. */
import { writeFileSync } from 'node:fs';
import { declaredCases, documentPath, renderDocument } from './document.ts';

writeFileSync(documentPath, renderDocument(declaredCases()));

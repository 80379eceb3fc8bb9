/** To be imported first: gives the platform's own code the clock of the simulation in place of Node's waiting. */
import { registerHooks } from 'node:module';
import { countImmediates } from './turns.ts';

const own = /\/(src|chaincode)\/[^?]*\.ts$/;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'node:timers/promises' && own.test(context.parentURL ?? '')
      ? next(new URL('./timers.ts', import.meta.url).href, context)
      : next(specifier, context),
});

countImmediates();

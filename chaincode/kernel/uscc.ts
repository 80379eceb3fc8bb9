/** Unified social credit codes (统一社会信用代码, GB 32100-2015): form and check character. */

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const codeWeights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** `form` = not 18 characters of the alphabet; `check` = form right, check character wrong (some early codes are real so). */
export type UsccFault = 'form' | 'check';

/** The check character of the first 17. @throws RangeError for text of another form */
export function usccCheckCharacter(body: string): string {
  const values = Array.from(body, (character) => alphabet.indexOf(character));
  if (values.length !== codeWeights.length || values.includes(-1))
    throw new RangeError('17 characters expected');
  const sum = codeWeights.reduce((total, weight, at) => total + weight * (values[at] ?? 0), 0);
  return alphabet.charAt((31 - (sum % 31)) % 31);
}

/** What is wrong with a code, null when nothing is. A wrong check character is a warning, not a hard stop. */
export function usccFault(text: string): UsccFault | null {
  const right = text.length === 18 && Array.from(text).every((character) => alphabet.includes(character));
  if (!right) return 'form';
  return usccCheckCharacter(text.slice(0, 17)) === text.charAt(17) ? null : 'check';
}

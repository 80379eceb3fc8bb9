/** What a password must be. Length and known-bad lists after OWASP ASVS 5 (6.2); complexity is a switch of the installation. */

/** Shortest and longest password, characters. */
export const shortestPassword = 10;
export const longestPassword = 128;

const common = [
  'password',
  '12345678',
  'qwertyui',
  '11111111',
  'iloveyou',
  'admin123',
  'abcdefgh',
  'letmein',
  'welcome',
  'a1b2c3d4',
  '1q2w3e4r',
  'woaini',
  '5201314',
];
const context = ['guizhou', 'fupin', 'fuping', '贵州', '扶贫', 'platform'];

/**
 * Why a password is refused, as a message key; null when it will do.
 * @param own words that must not be in it: the sign-in name, for example
 */
export function passwordFault(password: string, own: readonly string[]): string | null {
  const length = [...new Intl.Segmenter().segment(password)].length;
  if (length < shortestPassword) return 'password.tooShort';
  if (length > longestPassword) return 'password.tooLong';
  const lower = password.toLowerCase();
  if (common.some((word) => lower.includes(word)) || /^(.)\1+$/.test(password)) return 'password.common';
  const words = [...context, ...own.map((word) => word.toLowerCase())].filter((word) => word.length >= 2);
  return words.some((word) => lower.includes(word)) ? 'password.context' : null;
}

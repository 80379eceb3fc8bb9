/** The demonstration's organisations, their people and their bank accounts: invented names, real division codes. */
import type { Post, Role } from '#kernel/records/common.ts';
import { townships } from '../../models/division/townships.ts';

/** The three counties with full posts; the first is the guided walk's. */
const fullCounties = ['522634', '520526', '522727'] as const;

/** An invented organisation. */
export interface DemoOrganisation {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly division: string;
  readonly level: 'province' | 'city' | 'county';
}

/** An invented person, or a bank's feed machine. */
export interface DemoPerson {
  /** Sign-in name and user id on the ledger. */
  readonly userId: string;
  readonly name: string;
  readonly orgId: string;
  readonly role: Role;
  readonly posts: readonly Post[];
  readonly division: string;
}

/** An invented bank account. */
export interface DemoAccount {
  readonly orgId: string;
  readonly bankId: string;
  readonly account: string;
  readonly name: string;
  readonly purpose: 'source' | 'fund' | 'county' | 'unit';
  /** Opening balance at the sample bank, fen. */
  readonly balanceFen: string;
}

/** The bank that contributes and the bank that keeps the counties' accounts. */
export const banks = { investor: 'bank-qs', county: 'bank-wj' } as const;

const province: DemoOrganisation[] = [
  { id: 'plo', name: '省基金领导小组办公室', roles: ['leading-office'], division: '52', level: 'province' },
  { id: 'pfd', name: '省财政厅', roles: ['province-finance'], division: '52', level: 'province' },
  { id: 'lpf', name: '黔扶产业基金有限合伙公司', roles: ['partnership'], division: '52', level: 'province' },
  { id: 'aud', name: '省审计厅', roles: ['auditor'], division: '52', level: 'province' },
  {
    id: banks.investor,
    name: '黔山银行',
    roles: ['bank-investor', 'bank-feed'],
    division: '52',
    level: 'province',
  },
  {
    id: banks.county,
    name: '乌江商业银行',
    roles: ['bank-investor', 'bank-feed'],
    division: '52',
    level: 'province',
  },
];

const prefectures = new Map(townships.map((one) => [one.townshipCode.slice(0, 4), one.prefecture]));
const prefectureBureaus = [...prefectures].map(([division, name]): DemoOrganisation => ({
  id: `lfb-${division}`,
  name: `${name}财政局`,
  roles: ['local-finance'],
  division,
  level: 'city',
}));

const counties = townships.flatMap(({ county, countyCode, township }): DemoOrganisation[] => {
  const common = { division: countyCode, level: 'county' } as const;
  return [
    { id: `cph-${countyCode}`, name: `${county}脱贫攻坚指挥部`, roles: ['county-command'], ...common },
    { id: `lfb-${countyCode}`, name: `${county}财政局`, roles: ['local-finance'], ...common },
    { id: `cpc-${countyCode}`, name: `${county}脱贫基金公司`, roles: ['county-fund-company'], ...common },
    {
      id: `imp-${countyCode}`,
      name: `${county}${township}建设专业合作社`,
      roles: ['implementing-unit'],
      ...common,
    },
  ];
});

export const organisations: readonly DemoOrganisation[] = [...province, ...prefectureBureaus, ...counties];

const surnames = Array.from('赵钱孙周吴郑冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜');
const givenNames = [
  '晓岚',
  '文博',
  '雨桐',
  '志远',
  '静怡',
  '建国',
  '丽华',
  '思源',
  '明哲',
  '春燕',
  '国栋',
  '雪梅',
  '浩然',
  '秀英',
  '俊杰',
  '玉兰',
  '立新',
  '海霞',
  '天佑',
  '若水',
];

/** Posts of an organisation's people, in order: three where posts are full, else two who cover all between them. */
const threePosts: readonly Post[][] = [['handle'], ['check'], ['decide']];
const twoPosts: readonly Post[][] = [['handle'], ['check', 'decide']];

function peopleOf(organisation: DemoOrganisation, at: number): DemoPerson[] {
  const full =
    organisation.level === 'province' || fullCounties.some((county) => county === organisation.division);
  const [role = 'auditor'] = organisation.roles;
  const posts = full ? threePosts : twoPosts;
  const people = posts.map((held, index) => ({
    userId: `${organisation.id}-${index + 1}`,
    name: nameOf(at * 3 + index),
    orgId: organisation.id,
    role,
    posts: held,
    division: organisation.division,
  }));
  if (!organisation.roles.includes('bank-feed')) return people;
  const feed: DemoPerson = {
    userId: `${organisation.id}-feed`,
    name: `${organisation.name}流水系统`,
    orgId: organisation.id,
    role: 'bank-feed',
    posts: [],
    division: organisation.division,
  };
  return [...people, feed];
}

/** A surname with a given name; `turn` takes further given names where a name is borne already. */
function nameOf(at: number, turn = 0): string {
  return `${surnames[at % surnames.length] ?? ''}${givenNames[(at * 7 + turn) % givenNames.length] ?? ''}`;
}

/** Nobody is called like another; those of the guided walk choose first. */
function distinctNames(all: readonly DemoPerson[]): DemoPerson[] {
  const isOfWalk = ({ division }: DemoPerson): boolean => fullCounties[0].startsWith(division);
  const taken = new Set<string>();
  const nameByUser = new Map<string, string>();
  for (const person of [...all.filter(isOfWalk), ...all.filter((one) => !isOfWalk(one))]) {
    const at = Math.max(0, surnames.indexOf(person.name.charAt(0)));
    let { name } = person;
    for (let turn = 1; taken.has(name); turn += 1)
      name = nameOf(at + Math.floor(turn / givenNames.length), turn);
    taken.add(name);
    nameByUser.set(person.userId, name);
  }
  return all.map((person) => ({ ...person, name: nameByUser.get(person.userId) ?? person.name }));
}

/** Whoever freezes a draft does not lift it, so the office has a second person who decides. */
const secondDecider: DemoPerson = {
  userId: 'plo-4',
  name: nameOf(3),
  orgId: 'plo',
  role: 'leading-office',
  posts: ['decide'],
  division: '52',
};

export const people: readonly DemoPerson[] = distinctNames([
  ...organisations.flatMap(peopleOf),
  secondDecider,
]);

const purposes: Partial<Record<Role, DemoAccount['purpose']>> = {
  'province-finance': 'source',
  'local-finance': 'source',
  'bank-investor': 'source',
  partnership: 'fund',
  'county-fund-company': 'county',
  'implementing-unit': 'unit',
};

/** One account each for every organisation that pays or is paid; contributors start with 500 million yuan. */
export const accounts: readonly DemoAccount[] = organisations.flatMap((organisation, at) => {
  const purpose = purposes[organisation.roles[0] ?? 'auditor'];
  if (purpose === undefined || organisation.id === banks.county) return [];
  const bankId = purpose === 'county' || purpose === 'unit' ? banks.county : banks.investor;
  const account = `${bankId === banks.investor ? '5201' : '5238'}${String(1_000_000_000_000 + (at + 1) * 7_919_113)}`;
  return [
    {
      orgId: organisation.id,
      bankId,
      account,
      name: organisation.name,
      purpose,
      balanceFen: purpose === 'source' ? '50000000000' : '0',
    },
  ];
});

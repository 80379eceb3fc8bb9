/**
 * The 20 extremely poor townships of Guizhou with their division codes, as applications choose from.
 * Codes after the statistics bureau's division tables of 2018-02 and 2023-06-30; where a code changed, the newer one.
 */

/** A township: county and township name with their codes (6 and 9 digits) and the prefecture's name. */
export interface Township {
  readonly prefecture: string;
  readonly county: string;
  readonly countyCode: string;
  readonly township: string;
  readonly townshipCode: string;
}

const rows = [
  ['毕节市', '威宁彝族回族苗族自治县', '石门乡', '520526210'],
  ['黔西南州', '晴隆县', '三宝街道', '522324003'],
  ['黔东南州', '从江县', '加勉乡', '522633212'],
  ['毕节市', '赫章县', '河镇彝族苗族乡', '520527211'],
  ['黔西南州', '望谟县', '郊纳镇', '522326109'],
  ['黔东南州', '黄平县', '谷陇镇', '522622103'],
  ['黔西南州', '册亨县', '双江镇', '522327111'],
  ['黔西南州', '贞丰县', '鲁容乡', '522325205'],
  ['安顺市', '镇宁布依族苗族自治县', '简嘎乡', '520423210'],
  ['毕节市', '纳雍县', '董地苗族彝族乡', '520525203'],
  ['铜仁市', '德江县', '桶井土家族乡', '520626207'],
  ['六盘水市', '盘州市', '保基苗族彝族乡', '520281214'],
  ['黔东南州', '榕江县', '定威水族乡', '522632208'],
  ['黔南州', '平塘县', '大塘镇', '522727103'],
  ['黔东南州', '雷山县', '大塘镇', '522634104'],
  ['安顺市', '紫云苗族布依族自治县', '大营镇', '520425106'],
  ['六盘水市', '水城区', '营盘苗族彝族白族乡', '520204202'],
  ['黔南州', '长顺县', '代化镇', '522729104'],
  ['铜仁市', '石阡县', '国荣乡', '520623201'],
  ['遵义市', '务川仡佬族苗族自治县', '石朝乡', '520326204'],
] as const;

export const townships: readonly Township[] = rows.map(([prefecture, county, township, townshipCode]) => ({
  prefecture,
  county,
  countyCode: townshipCode.slice(0, 6),
  township,
  townshipCode,
}));

const byCode = new Map(townships.map((one) => [one.townshipCode, one]));

/** County and township of a code by name; the code itself when it is none of the list. */
export function placeOf(townshipCode: string): string {
  const found = byCode.get(townshipCode);
  return found === undefined ? townshipCode : `${found.county} ${found.township}`;
}

/** The townships of a division by its code of 2, 4, 6 or 9 digits. */
export function townshipsIn(division: string): readonly Township[] {
  return townships.filter((one) => one.townshipCode.startsWith(division));
}

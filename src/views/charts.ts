/** Charts drawn on the server as SVG files of their own, because their inline style is not allowed inside a page. */
import { createRequire } from 'node:module';
import type { EChartsOption, init } from 'echarts';

type Library = Readonly<{ init: typeof init }>;

const load = createRequire(import.meta.url);
let library: Library | undefined;

/** The SVG of a chart. @param size in px */
export function renderChart(
  option: EChartsOption,
  size: { readonly width: number; readonly height: number },
): string {
  // The packed build, at the first chart: in its hundreds of modules the library takes 80 MB.
  library ??= load('echarts/dist/echarts.min.js') as Library;
  const chart = library.init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'Noto Sans CJK SC, sans-serif' },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

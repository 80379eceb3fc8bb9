/** Charts drawn on the server as SVG files of their own, because their inline style is not allowed inside a page. */
import { init, type EChartsOption } from 'echarts';

/** The SVG of a chart. @param size in px */
export function renderChart(
  option: EChartsOption,
  size: { readonly width: number; readonly height: number },
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
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

/**
 * The stylesheet of the report. Colours are those of Okabe and Ito, which people with any colour vision tell apart, darkened
 * until text in them has contrast enough; market and model differ by dash and shape as well.
 */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fdfdfb;--ink:#1d1f21;--soft:#5a5f64;--faint:#d9dadb;--grid:#e8e8e6;--model:#0064a3;--market:#a94400;--loss:#a3390b;--plain:#5a5f64;--good:#00694c;--bad:#a3390b;--panel:#f4f4f0}
@media (prefers-color-scheme:dark){:root{--paper:#16181a;--ink:#e6e6e3;--soft:#a4a9ae;--faint:#3c4044;--grid:#2a2d30;--model:#6cbcf0;--market:#f0a94a;--loss:#f08a5d;--plain:#a4a9ae;--good:#4cc9a0;--bad:#f08a5d;--panel:#1f2225}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 Charter,"Bitstream Charter","Iowan Old Style","Source Serif 4",Georgia,"Liberation Serif",serif}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
header p{margin:0}
.kicker,dt,th,td,caption,summary,.legend,svg text,.measure,header dl,footer,.note{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif}
.kicker{font-size:13px;letter-spacing:.02em;color:var(--soft)}
h1{font-size:34px;line-height:1.15;font-weight:600;margin:4px 0 10px;letter-spacing:-.01em}
h2{font-size:23px;font-weight:600;line-height:1.25;margin:0 0 10px}
h3{font-size:17px;font-weight:600;margin:0 0 2px;line-height:1.3}
p{margin:0 0 12px;max-width:68ch}
section{margin:44px 0 0;padding-top:20px;border-top:1px solid var(--faint)}
.about{display:flex;flex-wrap:wrap;gap:2px 22px;margin:0;font-size:14px}
.about div{display:flex;gap:6px;min-width:0}
dt{color:var(--soft)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
.verdict{margin-top:24px;padding:20px 22px 8px;border:1px solid var(--faint);border-left:6px solid var(--plain);background:var(--panel);break-inside:avoid}
.verdict.confirmed{border-left-color:var(--good)}.verdict.kill{border-left-color:var(--bad)}
.word{font-size:30px;letter-spacing:.04em;margin-right:10px}
.confirmed .word{color:var(--good)}.kill .word{color:var(--bad)}
.measure{display:inline-block;font-size:15px;font-weight:400;color:var(--soft)}
.sentence{font-size:18px;line-height:1.45}
.key-numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:14px 22px;margin:14px 0 18px}
.key-numbers dt{font-size:13px}
.key-numbers strong{font:600 21px/1.3 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums;white-space:nowrap}
.key-numbers span{display:block;font:13px/1.35 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;color:var(--soft);font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:0 0 16px}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--model);outline-offset:2px}
table{border-collapse:collapse;min-width:min(100%,26rem);font-size:14px;line-height:1.35;font-variant-numeric:tabular-nums lining-nums}
caption{text-align:left;font-weight:600;padding:0 0 4px}
th,td{padding:3px 0 3px 18px;text-align:left;font-weight:400;vertical-align:baseline;border-bottom:1px solid var(--grid)}
th:first-child,td:first-child{padding-left:0}
th[scope=row].txt{min-width:7.5em}thead td{border-bottom-color:var(--faint)}thead th{color:var(--soft);font-size:13px;border-bottom-color:var(--faint);white-space:nowrap}
.num{text-align:right;white-space:nowrap}
.conditions,.funnel{width:100%}
.conditions .state{white-space:nowrap}
.good .state{color:var(--good)}.bad .state{color:var(--bad)}.open .state{color:var(--soft)}.conditions{margin:0 0 18px;table-layout:fixed}.conditions thead th:first-child{width:6.2em}.conditions th[scope=row]{min-width:0}.conditions thead th:last-child{width:42%}.group th{font-weight:600;padding-top:10px}.group span{font-weight:400;color:var(--soft)}
.bar-cell{width:38%;min-width:70px}
.fill{display:block;height:11px;min-width:1px;background:var(--model);opacity:.75}
.tables{display:flex;flex-wrap:wrap;gap:8px 40px;margin-top:18px}.tables>*{max-width:100%}.figures>*{min-width:0}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:28px 48px;margin-top:18px}
figure{margin:0;min-width:0;break-inside:avoid}
.wide-figure{margin-top:18px}.wide-figure p{max-width:92ch}.glossary{display:grid;grid-template-columns:minmax(8em,14em) 1fr;gap:6px 22px;margin:0;font-size:15px}
figcaption p{font-size:15px;line-height:1.45;color:var(--soft);margin:0 0 8px}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:0 0 4px;padding:0;list-style:none;font-size:13px;color:var(--ink)}
.legend li{display:flex;align-items:center;gap:7px}
.key{display:inline-block;flex:none}
.key.line{width:22px;border-top:2px solid currentColor}.key.line.market{border-top-style:dashed}
.key.dot{width:9px;height:9px;border-radius:50%;background:currentColor}.key.dot.market{background:none;border:2px solid currentColor}
.key.band{width:22px;height:11px;background:currentColor;opacity:.22}.key.bar{width:11px;height:11px;background:currentColor;opacity:.5}
.key.model{color:var(--model)}.key.market{color:var(--market)}.key.loss{color:var(--loss)}.key.plain{color:var(--plain)}
.plot{padding:26px 64px 40px 54px}
.plot.square{padding-right:12px;max-width:440px}
.plot>svg{display:block;overflow:visible;width:100%}
.plot.square>svg{aspect-ratio:1;height:auto}
.plot svg text{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}
.plot svg .axis{font-style:italic}.plot svg .on-line{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.plot svg .end{font-weight:600}.plot svg .end.model{fill:var(--model)}.plot svg .end.market{fill:var(--market)}.plot svg .end.loss{fill:var(--loss)}.plot svg .end.plain{font-weight:400}
.grid{stroke:var(--grid)}.zero{stroke:var(--soft)}.tick{stroke:var(--soft)}
.level{stroke:var(--soft);stroke-dasharray:2 3}
path.line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}
.line.model{stroke:var(--model)}.line.market{stroke:var(--market);stroke-dasharray:6 3}.line.plain{stroke:var(--plain);stroke-width:1.5}.line.loss{stroke:var(--loss)}
.band{stroke:none;opacity:.2}.band.model{fill:var(--model)}.band.market{fill:var(--market)}.band.plain{fill:var(--plain)}.band.loss{fill:var(--loss);opacity:.45}
.bar{opacity:.32}.bar.plain{fill:var(--plain)}.bar.loss{fill:var(--loss);opacity:.9;stroke:var(--loss);stroke-width:1}
.dot{stroke-width:2}.dot.model{fill:var(--model);stroke:var(--paper);stroke-width:1}.dot.market{fill:var(--paper);stroke:var(--market)}
.whisker{stroke-width:1.5}.whisker.model{stroke:var(--model)}.whisker.market{stroke:var(--market)}
details{margin:0 0 12px;font-size:14px}
summary{cursor:pointer;color:var(--soft);font-size:13px;padding:4px 0}
details[open]>summary{margin-bottom:6px}
footer{margin-top:48px;padding-top:14px;padding-bottom:40px;border-top:1px solid var(--faint);font-size:13px;color:var(--soft)}
@media (max-width:620px){body{font-size:15px}main,header,footer{padding-left:16px;padding-right:16px}header{padding-top:20px}h1{font-size:26px}h2{font-size:20px}.word{font-size:24px}.sentence{font-size:16px}.verdict{padding:14px 14px 2px}.plot svg .wide{display:none}.glossary{grid-template-columns:1fr;gap:0}.glossary dd{margin-bottom:8px}.plot{padding-right:58px}th,td{padding-left:12px}section{margin-top:32px}}
@media print{:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--faint:#bbb;--grid:#ddd;--model:#0064a3;--market:#a94400;--loss:#a3390b;--plain:#555;--good:#00694c;--bad:#a3390b;--panel:#fff}@page{size:A4;margin:14mm}body{font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}main,header,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}section{margin-top:20px}h2,h3,caption,figcaption{break-after:avoid}tr{break-inside:avoid}details:not([open]){display:none}.figures{grid-template-columns:1fr 1fr;gap:16px 28px}.scroll{overflow:visible}table{font-size:9pt}}
`;

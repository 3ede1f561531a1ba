/** What programs put on the clipboard as HTML, in the form in which they do, and the Markdown that is meant. */
export const clipboards: { from: string; html: string; markdown: string }[] = [
	{
		from: 'Word',
		html: `<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40">
<head><meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=Generator content="Microsoft Word 15">
<link rel=File-List href="file:///C:/Users/ines/AppData/Local/Temp/msohtmlclip1/01/clip_filelist.xml">
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]-->
<style><!-- @font-face {font-family:Aptos; panose-1:2 11 0 4 2 2 2 2 2 4;} p.MsoNormal {mso-style-parent:""; margin:0cm; font-size:12.0pt;} --></style>
<!--[if gte mso 10]><style> table.MsoNormalTable {mso-style-name:"Table Normal";} </style><![endif]--></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<p class=MsoTitle><span lang=EN-GB style='mso-ansi-language:EN-GB'>The pallet<o:p></o:p></span></p>
<h1><b><span style='font-size:20.0pt;font-family:"Aptos Display",sans-serif;color:#0F4761'>What happened<o:p></o:p></span></b></h1>
<p class=MsoNormal><span style='mso-spacerun:yes'>  </span>It stood in the <b style='mso-bidi-font-weight:normal'>rain</b> for
three days, and <i style='mso-bidi-font-style:normal'>nobody</i> <a href="https://x.example/why?a=1&amp;b=2"><span style='color:#467886'>asked</span></a>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-fareast-font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>Call the yard<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-add-space:auto;text-indent:-18.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span style='font-family:"Courier New"'><span style='mso-list:Ignore'>o<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>before seven<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>Call the <b>customer</b><o:p></o:p></p>
<p class=MsoNormal>Then, in this order:<o:p></o:p></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Say it<o:p></o:p></p>
<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>2.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>Mend it<o:p></o:p></p>
<p class=MsoQuote>Silence is not a handover.<o:p></o:p></p>
<h2>What came of it<o:p></o:p></h2>
<p class=MsoNormal><img width=602 height=339 src="file:///C:/Users/ines/AppData/Local/Temp/msohtmlclip1/01/clip_image001.png" v:shapes="Picture_x0020_1"></p>
<p class=MsoNormal><s>Nothing</s> A call.<o:p></o:p></p>
<!--EndFragment--></body></html>`,
		markdown: `## The pallet

## What happened

It stood in the **rain** for three days, and *nobody* [asked](https://x.example/why?a=1&b=2).

- Call the yard
  - before seven
- Call the **customer**

Then, in this order:

1. Say it
2. Mend it

> Silence is not a handover.

### What came of it

~~Nothing~~ A call.`,
	},
	{
		from: 'Google Docs',
		html: `<meta charset='utf-8'><meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-5e1c0f0a-7fff-0c9e-1b1b-0a8f3a4c5d6e"><h1 dir="ltr" style="line-height:1.38;margin-top:20pt;margin-bottom:6pt;"><span style="font-size:20pt;font-family:Arial,sans-serif;color:#000000;font-weight:700;font-style:normal;text-decoration:none;">What happened</span></h1><p dir="ltr" style="line-height:1.38;margin-top:0pt;margin-bottom:0pt;"><span style="font-size:11pt;font-family:Arial,sans-serif;font-weight:400;white-space:pre-wrap;">It stood in the </span><span style="font-size:11pt;font-weight:700;font-style:normal;">rain</span><span style="font-size:11pt;font-weight:400;"> for three days, and </span><span style="font-weight:400;font-style:italic;">nobody</span><span style="font-weight:400;"> </span><a href="https://x.example/why" style="text-decoration:none;"><span style="color:#1155cc;font-weight:400;text-decoration:underline;">asked</span></a><span style="font-weight:400;">.</span></p><br /><ul style="margin-top:0;margin-bottom:0;padding-inline-start:48px;"><li dir="ltr" style="list-style-type:disc;font-size:11pt;" aria-level="1"><p dir="ltr" style="line-height:1.38;" role="presentation"><span style="font-weight:400;">Call the yard</span></p></li><ul style="margin-top:0;"><li dir="ltr" style="list-style-type:circle;" aria-level="2"><p dir="ltr" role="presentation"><span style="font-weight:400;">before seven</span></p></li></ul><li dir="ltr" aria-level="1"><p dir="ltr" role="presentation"><span style="font-weight:700;">Call the customer</span></p></li></ul><h3 dir="ltr"><span style="font-weight:400;">What came of it</span></h3><p dir="ltr"><span style="font-weight:400;text-decoration:line-through;">Nothing</span><span style="font-weight:400;"> A call.</span></p><p dir="ltr"><span><span style="border:none;display:inline-block;overflow:hidden;width:602px;height:339px;"><img src="https://lh7-rt.googleusercontent.com/docsz/AD_4nX" width="602" height="339" /></span></span></p></b><br class="Apple-interchange-newline">`,
		markdown: `## What happened

It stood in the **rain** for three days, and *nobody* [asked](https://x.example/why).

- Call the yard
  - before seven
- **Call the customer**

### What came of it

~~Nothing~~ A call.`,
	},
	{
		from: 'Gmail',
		html: `<meta charset='utf-8'><div dir="ltr" class="gmail_default" style="font-family:verdana,sans-serif;font-size:small">Hi Ines,</div><div><br></div><div>it stood in the <b>rain</b>.&nbsp; Nobody asked.<br><br>So I did: <a href="mailto:yard@x.example" target="_blank">yard@x.example</a></div><div><br></div><div><ul><li>the yard</li><li>the customer</li></ul></div><div class="gmail_quote gmail_quote_container"><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">Who dropped it?<br></div></blockquote></div><img src="https://mail.example/track.gif" width="1" height="1" style="display:none"><div><span style="color:#888"><span class="gmail_signature_prefix">-- </span><br></span></div>`,
		markdown: `Hi Ines,

it stood in the **rain**. Nobody asked.

So I did: yard@x.example

- the yard
- the customer

> Who dropped it?

\\--`,
	},
	{
		from: 'Outlook',
		html: `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- /* Font Definitions */ p.MsoNormal, li.MsoNormal {margin:0cm;} --></style></head><body lang="EN-GB" link="#467886"><div class="WordSection1"><p class="MsoNormal"><span style="mso-fareast-language:EN-US">It stood in the rain.<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><table class="MsoNormalTable" border="0"><tbody><tr><td style="padding:0cm"><p class="MsoNormal">Tuesday<o:p></o:p></p></td><td><p class="MsoNormal">The yard<o:p></o:p></p></td></tr></tbody></table><p class="MsoNormal"><a href="file:///Q:/sales/list.xlsx">The list</a> is with me.<o:p></o:p></p></div></body></html>`,
		markdown: `It stood in the rain.

Tuesday

The yard

The list is with me.`,
	},
	{
		from: 'Apple Mail and Notes',
		html: `<meta charset="UTF-8"><div style="caret-color: rgb(0, 0, 0); font-family: Helvetica; font-size: 12px;"><span style="font-weight: 600;">It stood</span> in the rain.</div><div style="font-family: Helvetica;"><br></div><div><i>Nobody</i> asked.<script>alert(1)</script><style>b{}</style></div><div><br class="Apple-interchange-newline"></div>`,
		markdown: `**It stood** in the rain.

*Nobody* asked.`,
	},
	{
		from: 'a page with tricks',
		html: `<h4 onclick="alert(1)">Look</h4><p><a href="javascript:alert(1)">here</a> and <a href="/relative">there</a> <img src=x onerror=alert(1)><svg><script>alert(1)</script></svg></p><iframe src="https://x.example"></iframe><p>1. not a list</p>`,
		markdown: `## Look

here and there

1\\. not a list`,
	},
	{
		from: 'Word on the web',
		html: `<div class="OutlineElement Ltr SCXW1"><p class="Paragraph SCXW1"><span class="TextRun SCXW1"><span class="NormalTextRun">The list:</span></span><span class="EOP">&nbsp;</span></p></div><div class="ListContainerWrapper SCXW1"><ul class="BulletListStyle1" role="list"><li data-leveltext="" data-font="Symbol" data-listid="1" data-aria-posinset="1" data-aria-level="1" role="listitem" class="OutlineElement"><p class="Paragraph"><span class="TextRun">Call the yard</span></p></li></ul></div><div class="ListContainerWrapper SCXW1"><ul class="BulletListStyle2" role="list"><li data-listid="1" data-aria-posinset="1" data-aria-level="2" role="listitem"><p class="Paragraph"><span class="TextRun">before seven</span></p></li></ul></div><div class="ListContainerWrapper SCXW1"><ul class="BulletListStyle1" role="list"><li data-listid="1" data-aria-posinset="2" data-aria-level="1" role="listitem"><p class="Paragraph"><span class="TextRun">Call the customer</span></p></li></ul></div><div class="OutlineElement"><p class="Paragraph">Then:</p></div><div class="ListContainerWrapper"><ol class="NumberListStyle1" role="list" start="1"><li data-aria-posinset="1" data-aria-level="1" role="listitem"><p class="Paragraph">Say it</p></li></ol></div><div class="ListContainerWrapper"><ol class="NumberListStyle1" role="list" start="2"><li data-aria-posinset="2" data-aria-level="1" role="listitem"><p class="Paragraph">Mend it</p></li></ol></div>`,
		markdown: `The list:

- Call the yard
  - before seven
- Call the customer

Then:

1. Say it
2. Mend it`,
	},
	{
		from: 'Excel',
		html: `<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><style>td {mso-style-parent:style0;}</style></head><body><table border=0 cellpadding=0 width=128><col width=64 span=2><tr height=20><td class=xl63>Day</td><td>Pallets | tiles</td></tr><tr><td>Monday</td><td align=right>3</td></tr><tr><td></td><td>4 *</td></tr></table></body></html>`,
		markdown: `| Day | Pallets \\| tiles |
| --- | --- |
| Monday | 3 |
|  | 4 \\* |`,
	},
	{
		from: 'Google Sheets',
		html: `<meta charset='utf-8'><google-sheets-html-origin><style type="text/css"><!--td {border: 1px solid #cccccc;}--></style><table xmlns="http://www.w3.org/1999/xhtml" cellspacing="0" data-sheets-root="1"><colgroup><col width="100"/><col width="100"/></colgroup><tbody><tr style="height:21px;"><td style="font-weight:bold;">Who</td><td>When</td></tr><tr><td>Ines</td><td>Tuesday<br>noon</td></tr></tbody></table>`,
		markdown: `| Who | When |
| --- | --- |
| Ines | Tuesday noon |`,
	},
];

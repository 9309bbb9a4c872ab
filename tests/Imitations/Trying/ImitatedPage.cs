using System.Net;
using System.Text;

namespace Muse.Imitations.Trying;

/// <summary>What the pages of imitated providers have in common: readable, and plainly no real provider.</summary>
internal static class ImitatedPage
{
    /// <param name="provider">What people call it.</param>
    /// <param name="body">HTML.</param>
    public static IResult Of(int status, string provider, string body) => Results.Text(
        $$"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{Text(provider)}}, imitated</title>
        <style>
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
        body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
        button, input, .button { font: inherit; min-height: 44px; padding: 0 .9rem; box-sizing: border-box }
        .button { display: inline-flex; align-items: center; border: 1px solid; border-radius: .4rem; text-decoration: none; color: inherit; margin: 0 .5rem .5rem 0; overflow-wrap: anywhere }
        .imitated { border: 1px dashed; border-radius: .4rem; padding: .4rem .8rem }
        </style>
        </head><body><main><p class="imitated">This is an imitation of {{Text(provider)}} on this machine; nothing you do here leaves it.</p>{{body}}</main></body></html>
        """, "text/html; charset=utf-8", Encoding.UTF8, status);

    public static string Text(string text) => WebUtility.HtmlEncode(text);
}

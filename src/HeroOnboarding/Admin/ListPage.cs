using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace HeroOnboarding.Admin;

/// <summary>A page that shows one list: its rows, links to other orders, and the link to the next page.</summary>
public abstract class ListPage<TRow>(ListOf<TRow> list, Database database, TimeProvider clock) : PageModel
{
    protected ListOf<TRow> List => list;

    public ListQuery Asked { get; private set; } = null!;

    public PageOf<TRow> Found { get; private set; } = null!;

    public DateTimeOffset Now { get; } = clock.Now();

    public ListFoot Foot =>
        new(
            Found.Rows.Count,
            Asked.After is null ? null : Asked.Href(list.Path),
            Found.Next is null ? null : Asked.Href(list.Path, after: Found.Next)
        );

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        var asked = list.Read(HttpContext);
        if (asked.IsRefused)
            return await this.RefuseAsync(asked.Refusal);
        Asked = asked.Value;
        await using var db = database.Read();
        var found = await list.FindForAsync(HttpContext, db, Asked);
        if (found.IsRefused)
            return await this.RefuseAsync(found.Refusal);
        Found = found.Value;
        await LoadAsync(db, cancel);
        return Page();
    }

    /// <summary>Loads what the page shows beside the list.</summary>
    protected virtual Task LoadAsync(OnboardingDb db, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>The heading of a sortable column. A link on the current column reverses the order.</summary>
    public IHtmlContent Heading(string sort, string label, string? css = null)
    {
        var current = Asked.Sort.TrimStart('-') == sort;
        var link = new TagBuilder("a");
        link.Attributes["href"] = Asked.Href(list.Path, Asked.Sort == "-" + sort ? sort : "-" + sort);
        link.InnerHtml.Append(label);
        var cell = new TagBuilder("th");
        cell.Attributes["scope"] = "col";
        if (css is not null)
            cell.AddCssClass(css);
        if (current)
            cell.Attributes["aria-sort"] = Asked.Order.Descending ? "descending" : "ascending";
        cell.InnerHtml.AppendHtml(link);
        return cell;
    }
}

/// <summary>The number of rows that are shown, and the links to other pages of the list.</summary>
public sealed record ListFoot(int Shown, string? First, string? Next)
{
    public string Words => $"{Shown:N0} shown" + (Next is null ? "" : ", more follow");
}

/// <summary>Answers of list pages.</summary>
internal static class PageWords
{
    /// <summary>Answers a page request with the refusal.</summary>
    public static async Task<IActionResult> RefuseAsync(this PageModel page, Refusal refusal)
    {
        await Problems.WriteAsync(page.HttpContext, refusal);
        return new EmptyResult();
    }
}

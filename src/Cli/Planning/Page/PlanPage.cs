using System.Globalization;
using Holdfast.Core.Planning;

namespace Holdfast.Cli.Planning.Page;

/// <summary>
/// A plan as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere. It is well-formed XML, too, so that programs
/// can read it.
/// </summary>
internal static class PlanPage
{
    private const string Namespace = "http://www.w3.org/1999/xhtml";

    /// <param name="at">When the plan was made; written in UTC.</param>
    /// <returns>The whole text of the page.</returns>
    public static string Render(SystemPlan plan, DateTimeOffset at)
    {
        var title = $"Plan of {plan.Facts.System}";
        var head = new Element(
            "head",
            new Element("meta").With("charset", "utf-8"),
            new Element("meta").With("name", "viewport").With("content", "width=device-width, initial-scale=1"),
            new Element("meta").With("name", "color-scheme").With("content", "light dark"),
            new Element("title", title),
            new StyleNode(PageStyle.Css));
        var made = at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        var body = new Element(
            "body",
            Overview.Draw(plan, title), Stores(plan), FactPart.Draw(plan.Facts), new Element("footer", $"Made by holdfast plan, {made}."));
        var page = new Element("html", head, body).With("lang", "en").With("xmlns", Namespace);
        return $"<!DOCTYPE html>\n{page}";
    }

    private static Element Stores(SystemPlan plan) =>
        new("main",
        [
            .. plan.Stores.Select((store, at) => StorePart.Draw(plan.Facts, store, plan.Seen?.Of(store.Store.Name), Overview.Anchor(at))),
            .. DecisionPart.Draw(plan.Decisions, plan.Facts.Currency),
        ]);
}

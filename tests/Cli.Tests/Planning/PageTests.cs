using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using Holdfast.Cli.Planning.Page;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;

namespace Holdfast.Cli.Tests.Planning;

/// <summary>The page of a plan, read back as XML.</summary>
public sealed class PageTests
{
    private static readonly DateTimeOffset At = new(2026, 7, 1, 12, 30, 0, TimeSpan.FromHours(2));
    private static readonly XNamespace Html = "http://www.w3.org/1999/xhtml";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    /// <summary>The usual plan, and those at the edges: nothing has an end, a way, a load or a bound there.</summary>
    public static TheoryData<string> Cases => [.. Edges.Keys];

    private static readonly Dictionary<string, PlanFacts> Edges = new()
    {
        ["usual"] = Plans.Facts,
        ["no other site"] = Plans.Facts with { Sites = [new PlanSite("fra", "hesse", Witness: false)], Links = [] },
        ["no store"] = Plans.Facts with { Stores = [] },
        ["nothing asked"] = Plans.With(store => store with { Objectives = Plans.Objectives() }),
        ["a far site"] = Plans.Facts with { Links = [Plans.Link("fra", "ber", 39_000)] },
        ["a round trip without a route, below the equipment's"] = Plans.Facts with
        {
            Links = [Plans.Link("fra", "ber", 1) with { Route = null, RoundTrip = Fact.Declared(TimeSpan.FromMicroseconds(50), "x") }],
        },
        ["a link that is too slow"] = WithLine(20),
        ["a peak above the link"] = WithLine(80),
        ["a line that the other stores fill, and no peak"] = Plans.Facts with
        {
            Links = [SlowLink(1)],
            Stores = [.. Plans.Facts.Stores.Select(store => store with { Peak = Fact.Declared(TimeSpan.Zero, "x") })],
        },
        ["a line that the other stores fill"] = WithLine(1),
        ["nothing written"] = Plans.With(store => store with
        {
            Log = Fact.Declared(new ByteRate(0), "x"),
            PeakLog = Fact.Declared(new ByteRate(0), "x"),
            Commits = Fact.Declared(0.0, "x"),
        }),
        ["no outage"] = Plans.Facts with { Links = [Plans.Link("fra", "ber", 300) with { Outage = Fact.Declared(TimeSpan.Zero, "x") }] },
        ["a small queue"] = Plans.With(store => store with { Queue = Fact.Declared(new ByteCount(1e9), "x") }),
        ["no queue"] = Plans.With(store => store with { Queue = Fact.Declared(new ByteCount(0), "x") }),
        ["a large budget"] = Plans.With(store => store with { CommitBudget = Fact.Declared(TimeSpan.FromSeconds(5), "x") }),
        ["nothing costs anything"] = Plans.Facts with
        {
            Links = [Plans.Link("fra", "ber", 300) with { Price = Free() }],
            Prices = Plans.Facts.Prices with { Host = Free(), Disk = Free(), Repository = Free(), Egress = Free(), Drill = Free() },
        },
        ["nothing fails"] = Plans.Facts with
        {
            Failures = Plans.Facts.Failures.ToImmutableDictionary(pair => pair.Key, _ => Fact.Declared(new YearlyRate(0), "x")),
        },
        ["three sites and an enforced rpo"] = Plans.With(store => store with { EnforceRpo = Fact.Declared(true, "x") }) with
        {
            Sites = [.. Plans.Facts.Sites, new PlanSite("off", "hesse", Witness: false)],
            Links = [Plans.Link("fra", "ber", 300), Plans.Link("off", "fra", 20), Plans.Link("off", "ber", 290)],
        },
        ["two other sites, nearly as far as each other"] = Plans.Facts with
        {
            Sites = [.. Plans.Facts.Sites, new PlanSite("off", "hesse", Witness: false)],
            Links = [Plans.Link("fra", "ber", 300), Plans.Link("off", "fra", 360), Plans.Link("off", "ber", 80)],
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_page_is_well_formed_and_has_a_section_for_each_store(string name)
    {
        var plan = Planner.Plan(Edges[name]);
        var page = Parse(plan);
        page.Root!.Name.ShouldBe(Html + "html");
        foreach (var (store, at) in plan.Stores.Select((store, at) => (store, at)))
        {
            var section = Section(page, at);
            section.Element(Html + "h2")!.Value.ShouldStartWith(store.Store.Name);
            section.Descendants(Html + "figure").Count().ShouldBe(5);
            section.Descendants(Html + "figure").ShouldAllBe(figure => figure.Element(Html + "figcaption")!.Value.Length > 10);
        }

        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        ids.ShouldBeUnique();
        page.Descendants().Attributes("href").Select(link => link.Value[1..]).ShouldBeSubsetOf(ids);
        page.Descendants().Attributes("aria-labelledby").SelectMany(label => label.Value.Split(' ')).ShouldBeSubsetOf(ids);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void All_that_is_drawn_is_finite_and_inside_its_picture(string name)
    {
        var page = Parse(Planner.Plan(Edges[name]));
        var drawn = 0;
        foreach (var picture in page.Descendants(Svg + "svg"))
        {
            var box = Numbers(picture.Attribute("viewBox")!.Value);
            foreach (var (x, y, of) in picture.Descendants().SelectMany(Corners))
            {
                x.ShouldBeInRange(-0.01, box[2] + 0.01, $"{name}: {of}");
                y.ShouldBeInRange(-0.01, box[3] + 0.01, $"{name}: {of}");
                drawn++;
            }
        }

        (drawn > 0).ShouldBe(Edges[name].Stores.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_words_in_a_chart_lie_over_others(string name)
    {
        foreach (var picture in Parse(Planner.Plan(Edges[name])).Descendants(Svg + "svg"))
        {
            var boxes = picture.Elements(Svg + "text").Select(text => (Text: text.Value, Box: BoxOf(text))).ToList();
            foreach (var (one, other) in boxes.SelectMany((one, at) => boxes.Skip(at + 1).Select(other => (one, other))))
            {
                var meets = one.Box.Left < other.Box.Right && other.Box.Left < one.Box.Right && Math.Abs(one.Box.Base - other.Box.Base) < 12;
                meets.ShouldBeFalse($"{name}: '{one.Text}' and '{other.Text}'");
            }
        }
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere_and_nothing_runs()
    {
        var text = PlanPage.Render(Planner.Plan(Plans.Facts), At);
        text.ShouldNotContain("<script", Case.Insensitive);
        text.ShouldNotContain("@import");
        text.ShouldNotContain("url(");
        // The names of the two languages are no references.
        text.Replace(Html.NamespaceName, "").Replace(Svg.NamespaceName, "").ShouldNotContain("://");
        var page = XDocument.Parse(text);
        page.Descendants().Attributes().Select(attribute => attribute.Name.LocalName)
            .ShouldNotContain(name => name == "src" || name == "srcset" || name == "style" || name.StartsWith("on", StringComparison.Ordinal));
        page.Descendants().Select(element => element.Name.LocalName).Distinct().ShouldNotContain(name => name == "link" || name == "img");
        page.Descendants().Attributes("href").ShouldAllBe(link => link.Value.StartsWith('#'));
    }

    [Fact]
    public void Foreign_text_is_text()
    {
        const string Evil = "<script>alert('1')</script>&amp;\"]]>\u0001\ud800é😀";
        const string Shown = "<script>alert('1')</script>&amp;\"]]>\ufffd\ufffdé😀";
        var facts = Plans.With(store => store with
        {
            Name = store.Name + Evil,
            Size = Fact.Declared(new ByteCount(1e12), Evil),
            AutomaticSiteFailover = Fact.Declared(false, Evil),
        }) with
        {
            System = Evil,
            Currency = Evil,
            Sites =
            [
                new PlanSite(Evil, Evil, Witness: false), new PlanSite("ber" + Evil, "berlin", Witness: false),
                new PlanSite("muc", "muc", Witness: true),
            ],
            Links = [Plans.Link(Evil, "ber" + Evil, 300)],
        };
        var text = PlanPage.Render(Planner.Plan(facts), At);
        text.ShouldNotContain("<script", Case.Insensitive);
        var page = XDocument.Parse(text);
        page.Descendants(Html + "script").ShouldBeEmpty();
        page.Descendants(Html + "h1").Single().Value.ShouldBe($"Plan of {Shown}");
        Section(page, 0).Element(Html + "h2")!.Value.ShouldStartWith($"orders{Shown}");
        page.Descendants(Html + "td").ShouldContain(cell => cell.Value == Shown);
    }

    [Fact]
    public void The_verdict_is_in_words_and_says_which_store_misses_what()
    {
        var plan = Planner.Plan(Plans.Facts);
        plan.Stores.Where(store => !store.IsMet).Select(store => store.Store.Name).ShouldBe(["keys"]);
        var header = Parse(plan).Descendants(Html + "header").Single();
        header.Value.ShouldContain("✗ MISSED 1 of 3 stores does not have what is demanded");
        var site = plan.Stores[2].Chosen.Missed.Single(outcome => outcome.Failure == FailureKind.Site);
        header.Descendants(Html + "li").Single().Value.ShouldBe($"keys: site: RTO {QuantityText.Of(site.Rto!.Value)}, 1 s demanded");
        header.Value.ShouldContain($"{QuantityText.Of(plan.Spent, "EUR")} a year for what was chosen");

        var met = Planner.Plan(Plans.Facts with { Stores = [.. Plans.Facts.Stores.Take(2)] });
        var good = Parse(met).Descendants(Html + "header").Single();
        good.Value.ShouldContain("✓ met every objective that was declared is met");
        good.Value.ShouldNotContain("MISSED");
    }

    [Fact]
    public void Each_failure_has_its_row_with_the_parts_of_its_recovery()
    {
        var plan = Planner.Plan(Plans.Facts);
        var section = Section(Parse(plan), 0);
        var rows = section.Descendants(Html + "table").First().Element(Html + "tbody")!.Elements(Html + "tr").ToList();
        foreach (var (outcome, row) in plan.Stores[0].Chosen.Outcomes.Zip(rows))
        {
            row.Elements().First().Value.ShouldBe(PatternWords.Of(outcome.Failure));
            var word = outcome.Verdict switch { Verdict.Met => "met", Verdict.Missed => "MISSED", _ => "not asked" };
            row.Elements().ElementAt(1).Value.ShouldEndWith(word);
            var parts = row.Descendants(Html + "li").Select(part => part.Element(Html + "strong")!.Value);
            parts.ShouldBe(outcome.Recovery?.Parts.Select(part => PatternWords.Of(part.Part)) ?? []);
            row.Descendants(Svg + "rect").Count().ShouldBe(outcome.Recovery?.Parts.Length ?? 0);
        }

        rows.Count.ShouldBe(plan.Stores[0].Chosen.Outcomes.Length);
    }

    [Fact]
    public void Each_rung_of_the_ladder_is_there_with_its_reason()
    {
        var plan = Planner.Plan(Plans.Facts);
        var rows = Section(Parse(plan), 0).Descendants(Html + "table").ElementAt(1).Element(Html + "tbody")!.Elements(Html + "tr").ToList();
        rows.Count.ShouldBe(plan.Stores[0].Ladder.Length);
        rows.ShouldAllBe(row => row.Descendants(Html + "li").Any());
        var chosen = rows.Single(row => row.Attribute("class")?.Value == "chosen");
        chosen.Elements().First().Value.ShouldEndWith(PatternWords.Of(plan.Stores[0].Chosen.Candidate));
        chosen.Elements().Last().Value.ShouldContain("chosen");
    }

    [Fact]
    public void Every_picture_says_in_words_what_it_shows()
    {
        var pictures = Parse(Planner.Plan(Plans.Facts)).Descendants(Svg + "svg").Where(svg => svg.Attribute("aria-hidden") is null).ToList();
        pictures.Count.ShouldBeGreaterThan(15);
        pictures.ShouldAllBe(svg => svg.Attribute("role")!.Value == "img");
        pictures.ShouldAllBe(svg => svg.Element(Svg + "title")!.Value.Length > 0 && svg.Element(Svg + "desc")!.Value.Length > 0);
    }

    [Fact]
    public void A_link_that_is_too_slow_has_no_draining_and_says_so()
    {
        var backlog = Figure(WithLine(20), "Backlog");
        backlog.Value.ShouldContain("it never drains, and nothing is drawn for it");
        Line(backlog, "line-2").Count.ShouldBe(2);
        var drains = Figure(Plans.Facts, "Backlog");
        drains.Value.ShouldNotContain("never drains");
        Line(drains, "line-2").Count.ShouldBe(3);
    }

    [Fact]
    public void A_queue_that_is_too_small_is_drawn_up_to_its_bound_and_what_it_would_need_beyond()
    {
        var small = Figure(Plans.Facts, "Backlog");
        Line(small, "line-1")[1].ShouldBe(Line(small, "line-2")[0]);
        Line(small, "line-1")[1].Y.ShouldBe(Line(small, "limit")[0].Y);
        small.Value.ShouldContain("which is NOT enough");

        var large = Figure(Plans.With(store => store with { Queue = Fact.Declared(new ByteCount(500e9), "x") }), "Backlog");
        Line(large, "line-1").Count.ShouldBe(3);
        Line(large, "line-1").Min(point => point.Y).ShouldBeGreaterThan(Line(large, "limit")[0].Y);
        large.Value.ShouldContain("which is enough");
    }

    [Fact]
    public void The_commit_chart_has_each_mode_the_budget_and_the_other_site()
    {
        var chart = Figure(Plans.Facts, "Commit latency");
        foreach (var look in (string[])["line-1", "line-2", "line-3", "line-4", "limit"])
        {
            Line(chart, look).Count.ShouldBe(2);
        }

        var stretched = Line(chart, "line-3");
        stretched[1].Y.ShouldBeLessThan(stretched[0].Y);
        // The mark of the other site lies on the line of a stretched quorum, at its share of the way.
        var site = Picture(chart).Elements(Svg + "rect").Single();
        var (x, y) = (Number(site, "x") + (Number(site, "width") / 2), Number(site, "y") + (Number(site, "height") / 2));
        var share = Plans.RouteKilometres / 1000;
        x.ShouldBe(stretched[0].X + (share * (stretched[1].X - stretched[0].X)), 0.05);
        y.ShouldBe(stretched[0].Y + (share * (stretched[1].Y - stretched[0].Y)), 0.05);
        chart.Value.ShouldContain("commit budget, 10 ms");
    }

    [Fact]
    public void The_loss_window_grows_once_a_peak_is_more_than_the_link_carries()
    {
        var line = Line(Figure(Plans.Facts, "Loss window"), "line-1");
        // The chart goes to twice what the link carries.
        var half = (line[0].X + line[^1].X) / 2;
        line.Where(point => point.X < half).ShouldAllBe(point => Math.Abs(point.Y - line[0].Y) < 0.01);
        line[^1].Y.ShouldBeLessThan(line[0].Y - 50);
    }

    [Fact]
    public void Each_number_is_listed_with_its_source_and_origin()
    {
        var rows = Parse(Planner.Plan(Plans.Facts)).Descendants(Html + "section").Single(section => section.Attribute("id")!.Value == "facts")
            .Descendants(Html + "tbody").Single().Elements(Html + "tr").Select(row => string.Join("|", row.Elements().Select(cell => cell.Value)));
        rows.ShouldBe(FactTable.Of(Plans.Facts).Select(row => $"{row.Of}|{row.Name}|{row.Text}|{PatternWords.Of(row.Source)}|{row.Origin}"));
    }

    [Fact]
    public void The_time_of_making_is_in_UTC() =>
        Parse(Planner.Plan(Plans.Facts)).Descendants(Html + "footer").Single().Value.ShouldBe("Made by holdfast plan, 2026-07-01 10:30 UTC.");

    private static XDocument Parse(SystemPlan plan) => XDocument.Parse(PlanPage.Render(plan, At));

    private static XElement Section(XDocument page, int at) =>
        page.Descendants(Html + "section").Single(section => section.Attribute("id")!.Value == $"store-{at + 1}");

    /// <summary>Of the first store.</summary>
    private static XElement Figure(PlanFacts facts, string title) => Section(Parse(Planner.Plan(facts)), 0).Descendants(Html + "figure")
        .Single(figure => figure.Element(Html + "h4")!.Value.StartsWith(title, StringComparison.Ordinal));

    private static XElement Picture(XElement figure) => figure.Element(Svg + "svg")!;

    private static List<(double X, double Y)> Line(XElement figure, string look) =>
        [.. Pairs(Picture(figure).Elements(Svg + "polyline").Single(line => line.Attribute("class")!.Value == look))];

    private static IEnumerable<(double X, double Y)> Pairs(XElement line) =>
        Numbers(line.Attribute("points")!.Value).Chunk(2).Select(pair => (pair[0], pair[1]));

    private static IEnumerable<(double X, double Y, string Of)> Corners(XElement element)
    {
        var of = element.ToString();
        switch (element.Name.LocalName)
        {
            case "line":
                return [(Number(element, "x1"), Number(element, "y1"), of), (Number(element, "x2"), Number(element, "y2"), of)];
            case "polyline":
                return Pairs(element).Select(pair => (pair.X, pair.Y, of));
            case "circle":
                var (x, y, r) = (Number(element, "cx"), Number(element, "cy"), Number(element, "r"));
                return [(x - r, y - r, of), (x + r, y + r, of)];
            case "rect":
                var (left, top) = (Number(element, "x"), Number(element, "y"));
                return [(left, top, of), (left + Number(element, "width"), top + Number(element, "height"), of)];
            case "text":
                var box = BoxOf(element);
                return [(box.Left, box.Base, of), (box.Right, box.Base, of)];
            default:
                element.Name.LocalName.ShouldBeOneOf("title", "desc");
                return [];
        }
    }

    /// <summary>A letter of 14 pixels is half as wide, about.</summary>
    private static (double Left, double Right, double Base) BoxOf(XElement text)
    {
        var (x, width) = (Number(text, "x"), text.Value.Length * 7.5);
        var left = text.Attribute("text-anchor")!.Value switch { "start" => x, "end" => x - width, _ => x - (width / 2) };
        return (left, left + width, Number(text, "y"));
    }

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static double[] Numbers(string text) => [.. text.Split(' ', ',').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];

    private static PlanFacts WithLine(double megabits) => Plans.Facts with { Links = [SlowLink(megabits)] };

    private static LinkFacts SlowLink(double megabits) =>
        Plans.Link("fra", "ber", Plans.RouteKilometres) with { Line = Fact.Declared(ByteRate.OfMegabits(megabits), "planning.links[0].bandwidth") };

    private static Fact<Money> Free() => Fact.Declared(Money.Zero, "x");
}

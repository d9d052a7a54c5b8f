using System.Reflection;
using System.Text;
using Holdfast.Core.Planning.Facts;
using Holdfast.Core.Planning.Patterns;
using Holdfast.Core.Planning.Quantities;
using Holdfast.Core.Topology;

namespace Holdfast.Core.Tests.Planning;

/// <summary>The tables of docs/PLANNING.md are those of the model.</summary>
public sealed class DocumentTests
{
    /// <summary>Set to 1, the tests write the document instead of comparing it.</summary>
    private const string WriteVariable = "HOLDFAST_WRITE";
    private const string End = "<!-- end -->";

    /// <summary>What has no reason of its own beside its value, with the reason.</summary>
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        [nameof(PlanDefaults.Equipment)] =
            "transponders and switches at both ends, in both directions together, where the round trip is computed from the route",
        [nameof(PlanDefaults.PeakFactor)] = "a busy hour against a day",
    };

    /// <summary>Where each default can be declared, below <c>planning:</c>.</summary>
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        [nameof(PlanDefaults.RoundTrip)] = "links.NAME.round-trip",
        [nameof(PlanDefaults.Equipment)] = "(in `links.NAME.round-trip`)",
        [nameof(PlanDefaults.Line)] = "links.NAME.bandwidth",
        [nameof(PlanDefaults.Window)] = "links.NAME.window",
        [nameof(PlanDefaults.Loss)] = "links.NAME.loss",
        [nameof(PlanDefaults.LinePrice)] = "links.NAME.price",
        [nameof(PlanDefaults.Outage)] = "links.NAME.outage",
        [nameof(PlanDefaults.Size)] = "stores.NAME.size",
        [nameof(PlanDefaults.Log)] = "stores.NAME.log",
        [nameof(PlanDefaults.PeakFactor)] = "stores.NAME.peak-log",
        [nameof(PlanDefaults.Peak)] = "stores.NAME.peak",
        [nameof(PlanDefaults.Commits)] = "stores.NAME.commits",
        [nameof(PlanDefaults.Connections)] = "stores.NAME.connections",
        [nameof(PlanDefaults.CommitBudget)] = "stores.NAME.commit-budget",
        [nameof(PlanDefaults.Flush)] = "stores.NAME.flush",
        [nameof(PlanDefaults.Work)] = "stores.NAME.work",
        [nameof(PlanDefaults.Handover)] = "stores.NAME.handover",
        [nameof(PlanDefaults.SiteRoundTrip)] = "stores.NAME.site-round-trip",
        [nameof(PlanDefaults.Replay)] = "stores.NAME.replay",
        [nameof(PlanDefaults.Restore)] = "stores.NAME.restore",
        [nameof(PlanDefaults.Promote)] = "stores.NAME.promote",
        [nameof(PlanDefaults.Damage)] = "stores.NAME.damage",
        [nameof(PlanDefaults.Suspicion)] = "(the store's `timing.suspect-after`)",
        [nameof(PlanDefaults.Lease)] = "(the store's `timing.lease`)",
        [nameof(PlanDefaults.SiteLease)] = "(the store's `timing.site-lease`)",
        [nameof(PlanDefaults.Ledger)] = "(the store's `site-link.heartbeat`)",
        [nameof(PlanDefaults.Queue)] = "(the store's `site-link.queue-bound`)",
        [nameof(PlanDefaults.StopsWhenFull)] = "(the store's `site-link.queue-full: stop-writes`)",
        [nameof(PlanDefaults.GoesOnAlone)] = "(the store's `isolation: continue`)",
        [nameof(PlanDefaults.HasBackup)] = "(the store's `backup`, or `backup`)",
        [nameof(PlanDefaults.Times)] = "times",
        [nameof(PlanDefaults.Backup)] = "backup",
        [nameof(PlanDefaults.Prices)] = "prices",
        [nameof(PlanDefaults.Failures)] = "failures",
        [nameof(PlanDefaults.CommonCause)] = "failures.common-cause",
    };

    [Fact]
    public void The_table_of_defaults_in_the_document_is_that_of_the_model() =>
        Compare("<!-- defaults: written by HOLDFAST_WRITE=1 ./test --only core -->", Defaults());

    [Fact]
    public void The_table_of_classes_in_the_document_is_that_of_the_model() =>
        Compare("<!-- classes: written by HOLDFAST_WRITE=1 ./test --only core -->", Classes());

    [Fact]
    public void Defaults_that_are_those_of_a_store_are_what_a_store_has()
    {
        var store = new TimingSpec();
        PlanDefaults.Suspicion.Value.ShouldBe(store.SuspectAfter + store.Heartbeat);
        PlanDefaults.Lease.Value.ShouldBe(store.Lease);
        PlanDefaults.SiteLease.Value.ShouldBe(store.SiteLease);
        PlanDefaults.Ledger.Value.ShouldBe(new SiteLinkSpec().Heartbeat);
        PlanDefaults.Queue.Value.Bytes.ShouldBe(new SiteLinkSpec().QueueBound);
        PlanDefaults.StopsWhenFull.Value.ShouldBe(new SiteLinkSpec().QueueFull == QueueFullPolicy.StopWrites);
    }

    [Fact]
    public void Every_default_has_a_reason() => Rows().ShouldAllBe(row => row.Reason.Length > 5 && !row.Reason.StartsWith(row.Value, StringComparison.Ordinal));

    private static string Defaults()
    {
        var text = new StringBuilder("| key below `planning:` | default | reason |\n|---|---|---|\n");
        foreach (var (key, value, reason) in Rows())
        {
            text.Append($"| {(key.StartsWith('(') ? key : $"`{key}`")} | {value} | {reason} |\n");
        }

        return text.ToString();
    }

    private static string Classes()
    {
        var text = new StringBuilder("| class | product meant | members to lose one | one quorum over sites | the other site follows by | a backup is |")
            .Append('\n').Append("|---|---|---|---|---|---|\n");
        foreach (var traits in Enum.GetValues<StoreClass>().Select(ClassTraits.Of))
        {
            var stretch = (traits.CanStretch, traits.StretchLimit) switch
            {
                (false, _) => $"no: {traits.StretchWhy}",
                (true, { } limit) => $"up to {QuantityText.Of(limit)}: {traits.StretchWhy}",
                _ => "as far as the commit budget allows",
            };
            text.Append($"| {PatternWords.Of(traits.Class)} | {traits.Engine} | {traits.LeastQuorum} | {stretch} | ")
                .Append($"{traits.FollowsElsewhere ?? "nothing"} | {traits.BackupMeans} |\n");
        }

        return text.ToString();
    }

    /// <summary>Every public default, found by reflection: a new one cannot be forgotten.</summary>
    private static IEnumerable<(string Key, string Value, string Reason)> Rows()
    {
        foreach (var field in typeof(PlanDefaults).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var key = Keys.GetValueOrDefault(field.Name)
                .ShouldNotBeNull($"PlanDefaults.{field.Name} is new: say in this test under which key it can be declared");
            foreach (var (name, value) in Parts(field))
            {
                var (text, reason) = Text(value, field.Name);
                yield return (name.Length == 0 ? key : $"{key}.{name}", text, reason);
            }
        }

        foreach (var kind in Enum.GetValues<StoreClass>())
        {
            var (text, reason) = Text(PlanDefaults.Promote(kind), nameof(PlanDefaults.Promote));
            yield return (Keys[nameof(PlanDefaults.Promote)], $"{text} ({PatternWords.Of(kind)})", reason);
        }
    }

    private static IEnumerable<(string Name, object Value)> Parts(FieldInfo field) => field.GetValue(null)! switch
    {
        System.Collections.Immutable.ImmutableDictionary<FailureKind, Fact<YearlyRate>> rates =>
            rates.OrderBy(pair => pair.Key).Select(pair => (PatternWords.Of(pair.Key).Replace(' ', '-'), (object)pair.Value)),
        TimeFacts or BackupFacts or PriceFacts => field.FieldType.GetProperties().Where(property => property.PropertyType.IsGenericType)
            .Select(property => (Kebab(property.Name), property.GetValue(field.GetValue(null))!)),
        var single => [("", single)],
    };

    private static (string Text, string Reason) Text(object value, string name) => value switch
    {
        Fact<TimeSpan> fact => (QuantityText.Of(fact.Value), fact.Origin),
        Fact<ByteCount> fact => (QuantityText.Of(fact.Value), fact.Origin),
        Fact<ByteRate> fact => (QuantityText.Of(fact.Value), fact.Origin),
        Fact<Money> fact => (QuantityText.Digits(fact.Value.Amount), fact.Origin),
        Fact<Probability> fact => (QuantityText.Digits(fact.Value.Value), fact.Origin),
        Fact<YearlyRate> fact => ($"{QuantityText.Digits(fact.Value.TimesAYear)} a year", fact.Origin),
        Fact<double> fact => (QuantityText.Digits(fact.Value), fact.Origin),
        Fact<bool> fact => (fact.Value ? "true" : "false", fact.Origin),
        TimeSpan time => (QuantityText.Of(time), Reasons[name]),
        double times => ($"{QuantityText.Digits(times)} × `log`", Reasons[name]),
        _ => throw new NotSupportedException($"PlanDefaults.{name} is a {value.GetType().Name}: say in this test how it is written"),
    };

    private static string Kebab(string name) =>
        string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? (at > 0 ? "-" : "") + char.ToLowerInvariant(letter) : letter.ToString()));

    private static void Compare(string start, string wanted)
    {
        var path = Repository.PathOf("docs", "PLANNING.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var from = text.IndexOf(start, StringComparison.Ordinal);
        from.ShouldBeGreaterThanOrEqualTo(0, $"{path} has no line '{start}'");
        from += start.Length + 1;
        var to = text.IndexOf(End, from, StringComparison.Ordinal);
        to.ShouldBeGreaterThan(from - 1, $"{path} has no '{End}' after '{start}'");
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            File.WriteAllText(path, text[..from] + wanted + text[to..]);
            return;
        }

        text[from..to].ShouldBe(wanted, $"{path} is not current: run this test with {WriteVariable}=1");
    }
}

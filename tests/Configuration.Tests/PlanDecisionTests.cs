using Holdfast.Configuration.Planning;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Planning;
using Holdfast.Core.Planning.Decisions;
using Holdfast.Core.Planning.Facts;

namespace Holdfast.Configuration.Tests;

/// <summary>The sections of the decisions around a plan.</summary>
public class PlanDecisionTests
{
    private const string Alone = """
        system: shop
        sites: { a: {}, b: {} }
        planning:
          stores:
            orders: { class: relational, objectives: { host-loss: { rpo: 0s, rto: 1s } } }
        """;

    /// <summary>What a key needs beside it to be of any use.</summary>
    private static readonly Dictionary<string, string> Beside = new(StringComparer.Ordinal)
    {
        ["kubernetes.snapshots-leave-storage"] = "csi-snapshots: true",
    };

    public static TheoryData<string, string> Keys =>
    [
        .. PlanKubernetesKeys.All.Select(key => ("kubernetes", key.Key.Name)),
        .. PlanCloudKeys.All.Select(key => ("cloud", key.Key.Name)),
        .. PlanStorageKeys.All.Select(key => ("storage", key.Key.Name)),
    ];

    [Fact]
    public void Every_fact_has_its_key()
    {
        PlanKubernetesKeys.All.Select(key => key.Key.Name).ShouldBe(DecisionFactRows.Kubernetes.Select(fact => fact.Key), ignoreOrder: true);
        PlanCloudKeys.All.Select(key => key.Key.Name).ShouldBe(DecisionFactRows.Cloud.Select(fact => fact.Key), ignoreOrder: true);
        PlanStorageKeys.All.Select(key => key.Key.Name).ShouldBe(DecisionFactRows.Storage.Select(fact => fact.Key), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_key_is_read_into_its_own_fact_and_no_other(string section, string name)
    {
        var beside = PlanStorageKeys.OfCeph.Any(key => key.Key.Name == name) ? "ceph-hosts: 8" : Beside.GetValueOrDefault($"{section}.{name}", "");
        var before = Rows(With($"{section}: {{ {beside} }}"), section);
        var after = Rows(With($"{section}: {{ {beside}{(beside.Length > 0 ? ", " : "")}{name}: {Other(KeyOf(section, name))} }}"), section);

        before.Count.ShouldBe(after.Count);
        foreach (var (was, became) in before.Zip(after))
        {
            if (was.Name == name.Replace('-', ' '))
            {
                (became.Source, became.Origin).ShouldBe((FactSource.Declared, $"planning.{section}.{name}"));
                became.Number.ShouldNotBe(was.Number, name);
            }
            else
            {
                became.ShouldBe(was);
            }
        }
    }

    [Fact]
    public void A_section_that_is_not_there_is_a_decision_that_is_not_asked_for_and_an_empty_one_is_all_defaults()
    {
        Good(Alone).Decisions.ShouldBe(DecisionFacts.None);
        var facts = Good(With("cloud:"));

        facts.Decisions.Kubernetes.ShouldBeNull();
        facts.Decisions.Storage.ShouldBeNull();
        facts.Decisions.Cloud.ShouldNotBeNull().Value.ShouldBe(new CloudFacts());
        Rows(With("cloud:"), "cloud").ShouldAllBe(row => row.Source == FactSource.Assumed && row.Origin.Length > 3);
        Planner.Plan(facts).Decisions.Cloud.ShouldNotBeNull();
        Planner.Plan(facts).Decisions.Storage.ShouldBeEmpty();
    }

    [Fact]
    public void What_another_section_says_of_a_cluster_need_not_be_said_twice()
    {
        const string Cluster = "cluster: { class: kubernetes, objectives: { site-loss: { rpo: 6h, rto: 90m } } }";
        var text = With("kubernetes: {}", "backup: { archive-timeout: 30s }").Replace("  stores:\n", $"  stores:\n    {Cluster}\n");
        var facts = Good(text).Decisions.Kubernetes.ShouldNotBeNull();

        (facts.Value.Rpo, facts.Value.Rto, facts.Value.StoreLoss).ShouldBe((TimeSpan.FromHours(6), TimeSpan.FromMinutes(90), TimeSpan.FromSeconds(30)));
        facts.Known["rpo"].ShouldBe(new FactOrigin(FactSource.Derived, "from planning.stores.cluster.objectives.site-loss"));
        facts.Known["store-loss"].ShouldBe(new FactOrigin(FactSource.Derived, "from planning.backup.archive-timeout"));
        Good(text.Replace("kubernetes: {}", "kubernetes: { rpo: 1h }")).Decisions.Kubernetes!.Known["rpo"].Source.ShouldBe(FactSource.Declared);
        var two = text.Replace("  stores:\n", $"  stores:\n    other-{Cluster}\n");
        Good(two).Decisions.Kubernetes!.Known.ShouldNotContainKey("rpo", "of two clusters it is not said which");
    }

    [Fact]
    public void A_cluster_without_volumes_can_be_declared() =>
        Good(With("kubernetes: { volume-size: 0B }")).Decisions.Kubernetes!.Value.VolumeSize.Bytes.ShouldBe(0);

    [Fact]
    public void Storage_is_decided_for_a_store_that_runs() =>
        Planner.Plan(Good(Sample.Text + "planning: { storage: { ceph-hosts: 5 } }\n")).Decisions.Storage.Select(one => one.Store.Name).ShouldBe(["orders"]);

    [Theory]
    [InlineData("kubernetes: { volumesize: 1TB }", "kubernetes.volumesize", "'volumesize' is not a key here; did you mean 'volume-size'?")]
    [InlineData(
        "kubernetes: { volume-size: 0 }", "kubernetes.volume-size",
        "'0' is not a number of bytes; write for example 64MB, 16GB or 1TB, or 0B for none")]
    [InlineData("kubernetes: { backup-rate: 0B }", "kubernetes.backup-rate", "'0B' is not a number of bytes; write for example 64MB, 16GB or 1TB")]
    [InlineData(
        "kubernetes: { secrets: vault }", "kubernetes.secrets",
        "'vault' is not a choice here; the choice is: cluster-only, git-plain, git-encrypted, secret-store")]
    [InlineData("kubernetes: { store-share: 1.5 }", "kubernetes.store-share", "1.5 is out of range; write a number from 0 to 1, such as 0")]
    [InlineData("kubernetes: { namespaces: 0 }", "kubernetes.namespaces", "0 is out of range; write a whole number from 1 to 1000000, without quotes")]
    [InlineData(
        "kubernetes: { snapshots-leave-storage: true }", "kubernetes.snapshots-leave-storage",
        "no snapshots are taken that could leave the storage; write 'csi-snapshots: true' too, or remove it")]
    [InlineData("cloud: { team-size: 0 }", "cloud.team-size", "0 is out of range; write a whole number from 1 to 100000, without quotes")]
    [InlineData("cloud: { spend: 0 }", "cloud.spend", "nothing costs nothing, and all else is compared with it; write what a month costs, for example 10000")]
    [InlineData(
        "cloud: { required-availability: 99.9 }", "cloud.required-availability", "99.9 is out of range; write a number from 0 to 1, such as 0.995")]
    [InlineData(
        "cloud: { required-availability: 0 }", "cloud.required-availability",
        "what need not be there at all needs no cloud; write a share of the time, for example 0.999")]
    [InlineData("cloud: { reasons: [everyone-does, everyone-does] }", "cloud.reasons[1]", "'everyone-does' is there twice; remove one of them")]
    [InlineData("cloud: { reasons: [everyonedoes] }", "cloud.reasons[0]", "'everyonedoes' is not a choice here; did you mean 'everyone-does'?")]
    [InlineData(
        "storage: { performance-disks: 6 }", "storage.performance-disks",
        "is of a Ceph cluster, and there is none; add 'ceph-hosts: 8', as many as there are, or remove it")]
    [InlineData("storage: { ceph-hosts: 8, data-chunks: 1 }", "storage.data-chunks", "1 is out of range; write a whole number from 2 to 64, without quotes")]
    [InlineData("storage: { full-ratio: 0 }", "storage.full-ratio", "disks that must stay empty hold nothing; write for example 0.85")]
    [InlineData("storage: { recovery-share: 0 }", "storage.recovery-share", "nothing would ever heal; write for example 0.5")]
    public void What_is_wrong_is_said_with_its_place_and_its_remedy(string section, string path, string text)
    {
        var problem = Read(With(section)).Errors.ShouldHaveSingleItem();

        (problem.Path, $"{problem.Message}; {problem.Remedy}").ShouldBe(($"planning.{path}", text));
    }

    [Fact]
    public void Disks_of_databases_are_no_question_where_no_store_is_relational()
    {
        var problem = Read(With("storage: {}").Replace("class: relational", "class: cache")).Errors.ShouldHaveSingleItem();

        (problem.Path, problem.Message).ShouldBe(("planning.storage", "is about the disks of databases, and no store here is relational"));
    }

    private static string With(params string[] sections) => string.Concat(Alone, "\n", string.Concat(sections.Select(section => $"  {section}\n")));

    private static List<FactRow> Rows(string text, string section) => [.. FactTable.Of(Good(text)).Where(row => row.Of == section)];

    private static Key KeyOf(string section, string name) => (section switch
    {
        "kubernetes" => PlanKubernetesKeys.Shape,
        "cloud" => PlanCloudKeys.Shape,
        _ => PlanStorageKeys.Shape,
    }).Keys.First(key => key.Name == name);

    /// <summary>A value that is no key's default.</summary>
    private static string Other(Key key) => key.Shape switch
    {
        BooleanShape => key.DefaultText == "true" ? "false" : "true",
        IntegerShape => "7",
        NumberShape => "0.42",
        DurationShape => "3m",
        LatencyShape => "0.7ms",
        ByteSizeShape => "77GB",
        ChoiceShape<SecretsHome> => "git-plain",
        ChoiceShape<RestoreTarget> => "other-provider",
        ListShape<CloudReason> => "[everyone-does]",
        _ => throw new NotSupportedException($"{key.Name} is a {key.Shape.Name}: say in this test what else it could be"),
    };

    private static PlanReading Read(string text) => PlanFile.Parse(text, "/etc/holdfast", new FakeEnvironment());

    private static PlanFacts Good(string text)
    {
        var reading = Read(text);
        reading.Errors.ShouldBeEmpty();
        return reading.Facts.ShouldNotBeNull();
    }
}

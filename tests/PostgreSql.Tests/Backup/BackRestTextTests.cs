using System.Collections.Immutable;
using Holdfast.Core;
using Holdfast.Core.Backup;
using Holdfast.Core.Failover;
using Holdfast.Engines.PostgreSql.Backup;
using Holdfast.Engines.PostgreSql.Files;
using Holdfast.Engines.PostgreSql.Server;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Backup;

/// <summary>What is told to pgBackRest, and what it says, without running it. The answers are its own (2.45).</summary>
public sealed class BackRestTextTests
{
    private const string Info = """
        [{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"000000020000000000000007","min":"000000010000000000000001"}],"backup":[
        {"archive":{"start":"000000020000000000000004","stop":"000000020000000000000005"},"backrest":{"format":5,"version":"2.45"},"database":{"id":1,
        "repo-key":1},"error":true,"info":{"delta":1491210,"repository":{"delta":276608,"size":4579376},"size":23222030},"label":
        "20261123-001408F_20261123-001411I","lsn":{"start":"0/4000028","stop":"0/5000050"},"prior":"20261123-001408F","reference":["20261123-001408F"],
        "timestamp":{"start":1795392851,"stop":1795392852},"type":"incr"},
        {"archive":{"start":"000000010000000000000002","stop":"000000010000000000000002"},"backrest":{"format":5,"version":"2.45"},"database":{"id":1,
        "repo-key":1},"error":false,"info":{"delta":23213838,"repository":{"delta":4578448,"size":4578448},"size":23213838},"label":"20261123-001408F",
        "lsn":{"start":"0/2000028","stop":"0/2000100"},"prior":null,"reference":null,"timestamp":{"start":1795392848,"stop":1795392850},"type":"full"}],
        "cipher":"aes-256-cbc","db":[{"id":1,"repo-key":1,"system-id":7711153561381021612,"version":"15"}],"name":"orders.here","repo":[{"cipher":
        "aes-256-cbc","key":1,"status":{"code":0,"message":"ok"}}],"status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"}}]
        """;

    [Fact]
    public async Task The_configuration_names_all_and_only_its_owner_can_read_it()
    {
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root, new Secret("pass = #word"), days: 14) });
        var (store, self) = (group.Store, group.Spec("a"));
        var layout = new Layout(self);

        var lines = BackRestFile.ForMember(store, self, store.Backup!.At("here")!, layout).Split('\n');

        lines.ShouldContain("[orders.here]");
        lines.ShouldContain($"pg1-path={self.Data}");
        lines.ShouldContain($"pg1-port={self.Address.Port}");
        lines.ShouldContain("repo1-cipher-pass=pass = #word");
        lines.ShouldContain("repo1-cipher-type=aes-256-cbc");
        lines.ShouldContain("repo1-retention-full-type=time");
        lines.ShouldContain("repo1-retention-full=14");
        lines.ShouldContain("process-max=3");
        (await group[self.Name].ReadRepositoryAsync(group.Token)).Exists.ShouldBe(false);
        File.GetUnixFileMode(layout.BackupConfiguration).ShouldBe(AtomicFile.OwnerOnly);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_encrypted_and_a_number_of_backups_is_kept()
    {
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root, key: null, days: null) });

        var text = BackRestFile.ForReading(group.Store, "here", group.Store.Backup!.At("here")!, "/locks", "/new");

        text.ShouldNotContain("cipher");
        text.ShouldContain("repo1-retention-full-type=count\nrepo1-retention-full=2\n");
        text.ShouldContain("pg1-path=/new\n");
    }

    [Fact]
    public void Backups_are_read_oldest_first()
    {
        var answer = RepositoryText.Info("P00   WARN: something\n" + Info);

        (answer.Code, answer.Exists, answer.ArchiveId).ShouldBe((0, true, "15-1"));
        answer.Backups.Select(backup => (backup.Label, backup.Type, backup.Timeline, backup.IsDamaged)).ShouldBe(
            [("20261123-001408F", BackupType.Full, 1u, false), ("20261123-001408F_20261123-001411I", BackupType.Incremental, 2u, true)]);
        var last = answer.Backups[1];
        (last.From, last.To).ShouldBe((Lsn.Parse("0/4000028"), Lsn.Parse("0/5000050")));
        (last.DatabaseBytes, last.CopiedBytes, last.StoredBytes).ShouldBe((23222030, 1491210, 276608));
        (last.EndedAt - last.StartedAt).ShouldBe(1);
    }

    [Theory]
    [InlineData("""[{"archive":[],"backup":[],"repo":[{"key":1,"status":{"code":1,"message":"missing stanza path"}}],"status":{"code":1,"message":"m"}}]""", false)]
    [InlineData("""[{"archive":[],"backup":[],"repo":[{"key":1,"status":{"code":2,"message":"no valid backups"}}],"status":{"code":2,"message":"m"}}]""", true)]
    [InlineData("""[{"archive":[],"backup":[],"repo":[{"key":1,"status":{"code":99,"message":"[FormatError]"}}],"status":{"code":99,"message":"m"}}]""", null)]
    [InlineData("[]", false)]
    public void Whether_it_exists_is_told_or_is_not_known(string json, bool? exists) => RepositoryText.Info(json).Exists.ShouldBe(exists);

    [Fact]
    public void Pieces_and_histories_are_told_from_what_else_is_in_the_archive()
    {
        var listing = RepositoryText.Listing("""
            {".":{"type":"path"},"0000000100000000":{"type":"path"},
            "0000000100000000/000000010000000000000002-31cc2c4a4abd435b628ac893a4d9b46318c95264.lz4":{"type":"file","size":69360,"time":1795392850},
            "0000000100000000/000000010000000000000002.00000028.backup":{"type":"file","size":400,"time":1795392850},
            "0000000100000000/000000010000000000000007.partial-599d06dd9b1e0b08f10a5ac33e23e318b1a8cec6.lz4":{"type":"file","size":4,"time":1795392850},
            "0000000200000001/000000020000000100000003-599d06dd9b1e0b08f10a5ac33e23e318b1a8cec6.lz4":{"type":"file","size":4,"time":1795392851},
            "00000002.history":{"type":"file","size":64,"time":1795393440},"archive.info":{"type":"file","size":368,"time":1795392852}}
            """, perLog: 256);

        listing.Pieces.ShouldBe(
        [
            new LogPiece(1, 2, 1795392850), new LogPiece(2, 259, 1795392851),
        ]);
        listing.Histories.ShouldBe([KeyValuePair.Create(2u, "00000002.history")]);
    }

    [Fact]
    public void What_went_wrong_is_one_line_with_its_hints_and_without_the_rest()
    {
        var result = new ToolResult(56, "", """
            P00   INFO: stanza-create command begin 2.45
            P00  ERROR: [056]: unable to find primary cluster - cannot proceed
                               HINT: are all available clusters in recovery?
            P00   INFO: stanza-create command end: aborted with exception [056]

            """);

        BackRestRun.Explain(result).ShouldBe(
            "pgbackrest: unable to find primary cluster - cannot proceed; are all available clusters in recovery?");
        BackRestRun.Explain(new ToolResult(137, "", "")).ShouldBe("pgbackrest ended with 137 and said nothing");
    }

    [Fact]
    public void What_an_object_store_refuses_is_one_sentence_with_what_helps()
    {
        string Said(string head, string code) => $"""
            ERROR: [039]: HTTP request failed with {head}:
                   *** Path/Query ***:
                   GET /backups/?delimiter=%2F&list-type=2&prefix=cloud%2F
                   *** Response Content ***:
                   <?xml version="1.0"?><Error><Code>{code}</Code><Message></Message></Error>
            """;

        BackRestRun.Explain(new ToolResult(39, "", Said("404 (Not Found)", "NoSuchBucket"))).ShouldBe(
            "pgbackrest: the bucket is not there (NoSuchBucket): create it, or mend 'bucket', 'endpoint' and 'uri-style'");
        BackRestRun.Short(Said("403 (Forbidden)", "SignatureDoesNotMatch")).ShouldStartWith(
            "the object store refuses the key (403 SignatureDoesNotMatch): mend 'access-key' and 'secret-key'");
        BackRestRun.Short(Said("503 (Slow Down)", "SlowDown")).ShouldBe("the object store answers 503 SlowDown");
        BackRestRun.Short("[ServiceError] unable to verify certificate presented by 'localhost:28443': [20] unable to get local issuer certificate")
            .ShouldStartWith("unable to verify certificate presented by 'localhost:28443': let 'ca' name");
        BackRestRun.Short("[PathMissingError] no such thing\nand more").ShouldBe("[PathMissingError] no such thing");
    }

    [Theory]
    [InlineData(0, 100, 1, 0)] // as fast as it may be
    [InlineData(0, 250, 1, 1.5)]
    [InlineData(1.5, 0, 1, 0.5)]
    [InlineData(0.5, 0, 60, 0)] // a long pause gives nothing in advance
    public void Copiers_are_ahead_by_what_they_have_read_too_fast(double ahead, long read, double passed, double then) =>
        ReadingPace.Ahead(TimeSpan.FromSeconds(ahead), read, TimeSpan.FromSeconds(passed), perSecond: 100).ShouldBe(TimeSpan.FromSeconds(then));

    [Fact]
    public async Task A_bucket_is_written_with_its_keys_and_requests_that_end()
    {
        await using var group = new TestGroup(1, shape: (store, root) => store with { Backup = Declared(root, key: null, days: null) });
        var repository = group.Store.Backup!.At("here")! with
        {
            Place = new RepositoryPlace.Bucket(new("10.0.0.9", 8443), "backups", "eu", "/a", new Secret("AK"), new Secret("SK"))
            {
                IsNamedInPath = true,
                Authorities = "/etc/ca.crt",
            },
        };

        BackRestFile.ForReading(group.Store, "here", repository, "/locks", "/new").ShouldContain("""
            repo1-type=s3
            repo1-path=/a
            repo1-s3-endpoint=10.0.0.9
            repo1-storage-port=8443
            repo1-s3-bucket=backups
            repo1-s3-region=eu
            repo1-s3-uri-style=path
            repo1-s3-key=AK
            repo1-s3-key-secret=SK
            repo1-storage-verify-tls=y
            repo1-storage-ca-file=/etc/ca.crt
            io-timeout=10
            [global:backup]
            io-timeout=60
            """);
    }

    private static BackupSpec Declared(string root, Secret? key, int? days) => new()
    {
        Processes = 3,
        Repositories = ImmutableSortedDictionary<string, RepositorySpec>.Empty.Add("disk", new RepositorySpec
        {
            Name = "disk",
            Site = "here",
            Place = new RepositoryPlace.Folder(Directory.CreateDirectory(Path.Combine(root, "backup")).FullName),
            Key = key,
            KeepDays = days,
        }),
    };
}

using Holdfast.Verification.Results;
using Holdfast.Verification.Tests.Servers;

namespace Holdfast.Verification.Tests.Planted;

[Trait("Speed", "Slow")]
public sealed class PlantedTests
{
    private const string Schema = """
        create table keyed (id bigint primary key, t text);
        insert into keyed select g, md5(g::text) from generate_series(1, 30000) g;
        create table unkeyed (t text, n int);
        insert into unkeyed select md5((g / 3)::text), g % 5 from generate_series(1, 9000) g;
        create table parts (id int, day date, v int, primary key (id, day)) partition by range (day);
        create table parts_a partition of parts for values from ('2024-01-01') to ('2025-01-01');
        create table parts_b partition of parts for values from ('2025-01-01') to ('2026-01-01') partition by hash (id);
        create table parts_b0 partition of parts_b for values with (modulus 2, remainder 0);
        create table parts_b1 partition of parts_b for values with (modulus 2, remainder 1);
        insert into parts select g, '2024-06-01'::date + (g % 500), g from generate_series(1, 4000) g;
        create table wide (id int primary key, body text, raw bytea);
        alter table wide alter body set storage external, alter raw set storage external;
        insert into wide select g, repeat(md5(g::text), 100000), decode(repeat(md5(g::text), 50000), 'hex') from generate_series(1, 6) g;
        create table computed (id int primary key, a int, b int generated always as (a * 2) stored, c int generated always as identity);
        insert into computed (id, a) select g, g from generate_series(1, 100) g;
        create materialized view summary as select n, count(*) from unkeyed group by n;
        create materialized view unfilled as select 1 as one with no data;
        create sequence numbers; select nextval('numbers') from generate_series(1, 50);
        create sequence falling increment -3; select nextval('falling') from generate_series(1, 5);
        create sequence untouched;
        create unlogged table scratch (i int);
        create table heirless (i int primary key); create table heir (j int) inherits (heirless); insert into heir values (1, 2);
        create table "odd ""name" ("select" int primary key, "ä b" text); insert into "odd ""name" values (1, 'x');
        create table only_here (i int); create table redefined (i int primary key); create table empty (i int primary key);
        create schema holdfast; create table holdfast.own (i int); insert into holdfast.own values (1);
        select lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex')); select lo_from_bytea(4712, '\x01');
        """;

    [Fact]
    public async Task Every_planted_difference_is_named_and_nothing_else()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync(Schema);
        await primary.ExecuteAsync($"create table columns ({string.Join(", ", Enumerable.Range(0, 1500).Select(number => $"c{number} int"))}, primary key (c0)); " +
            $"insert into columns values ({string.Join(", ", Enumerable.Range(0, 1500))})");
        await primary.ExecuteAsync("create database gone");
        var fork = await lab.ForkAsync(primary);
        var equal = await Lab.VerifyAsync(primary, fork);
        Lab.Found(equal).ShouldBeEmpty();
        equal.LeftOut.ShouldBe(["postgres: public.scratch: unlogged, so not replicated", "postgres: public.unfilled: a materialised view that has not been filled"]);

        await fork.ExecuteAsync("""
            update keyed set t = t || ' ' where id = 77; delete from keyed where id = 20000; insert into keyed values (99999, 'new');
            update unkeyed set n = n where ctid = '(0,1)';
            delete from unkeyed where ctid = '(0,5)';
            insert into unkeyed values ('surplus', 1);
            update parts set v = -1 where id = 300; delete from parts where id = 3999;
            update wide set body = overlay(body placing '!' from 1234567) where id = 3;
            update wide set raw = set_byte(raw, 799999, 1) where id = 4;
            update computed set a = 1000 where id = 50;
            insert into unkeyed values ('for the view', 4); refresh materialized view summary; delete from unkeyed where t = 'for the view';
            select setval('numbers', 10); select setval('falling', -1000); select setval('untouched', 1, true);
            update heir set j = 3; update "odd ""name" set "ä b" = 'y'; update columns set c1499 = 0;
            drop table only_here; create table only_there (i int); alter table redefined alter i type bigint;
            update pg_largeobject set data = set_byte(data, 100, 1) where loid = 4711 and pageno = 2; select lo_unlink(4712);
            insert into scratch values (1); insert into holdfast.own values (2);
            """);
        await fork.ExecuteAsync("drop database gone");
        await fork.ExecuteAsync("create database more");
        var result = await Lab.VerifyAsync(primary, fork);
        result.Verdict.ShouldBe(VerifyVerdict.Different);
        result.Undecided.ShouldBeEmpty();
        var found = Lab.Found(result);
        found.Where(line => !line.Contains("public.unkeyed", StringComparison.Ordinal) && !line.Contains("public.summary", StringComparison.Ordinal) && !line.Contains("public.heir ", StringComparison.Ordinal)).ShouldBe(new[]
        {
            "ChangedValue pg_catalog.pg_largeobject loid=4711, pageno=2 [data]",
            "ChangedValue public.columns c0=0 [c1499]",
            "ChangedValue public.computed id=50 [a,b]",
            "ChangedValue public.keyed id=77 [t]",
            "ChangedValue public.odd \"name select=1 [ä b]",
            $"ChangedValue public.{await primary.AskAsync("select tableoid::regclass::text from parts where id = 300")} id=300, day={await primary.AskAsync("select day::text from parts where id = 300")} [v]",
            "ChangedValue public.wide id=3 [body]",
            "ChangedValue public.wide id=4 [raw]",
            "Definition public.redefined []",
            "ExtraDatabase []",
            "ExtraRow public.keyed id=99999 []",
            "ExtraTable public.only_there []",
            "MissingDatabase []",
            "MissingRow pg_catalog.pg_largeobject loid=4712, pageno=0 []",
            "MissingRow pg_catalog.pg_largeobject_metadata oid=4712 []",
            "MissingRow public.keyed id=20000 []",
            $"MissingRow public.{await primary.AskAsync("select tableoid::regclass::text from parts where id = 3999")} id=3999, day={await primary.AskAsync("select day::text from parts where id = 3999")} []",
            "MissingTable public.only_here []",
            "SequenceAhead public.falling []",
            "SequenceBehind public.numbers []",
        }.Order(StringComparer.Ordinal));

        // Without a key a changed row is one missing and one extra; a row that merely lies elsewhere is no difference.
        Of(found, "public.unkeyed").ShouldBe(["ExtraRow", "MissingRow"]);
        Of(found, "public.heir").ShouldBe(["ExtraRow", "MissingRow"]);
        Of(found, "public.summary").ShouldNotBeEmpty();
        result.Differences.ShouldAllBe(difference => difference.Member == "f");
    }

    [Fact]
    public async Task A_copy_whose_files_were_rewritten_is_compared_by_key_ranges_or_as_a_multiset()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync(Schema);
        var fork = await lab.ForkAsync(primary);
        await fork.ExecuteAsync("create index on keyed (t); cluster keyed using keyed_t_idx");
        foreach (var table in new[] { "unkeyed", "wide", "parts_a", "empty" })
        {
            await fork.ExecuteAsync($"vacuum full {table}");
        }

        var options = Lab.Fast with { ChunkRows = 1000 };
        var equal = await Lab.VerifyAsync(options, [primary, fork]);
        Lab.Found(equal).ShouldBeEmpty();
        equal.Chunks.ShouldBeGreaterThan(30);
        await fork.ExecuteAsync("""
            update keyed set t = 'x' where id = 15000; delete from keyed where id in (1, 30000); insert into keyed values (0, 'a'), (30001, 'b');
            insert into unkeyed select t, n from unkeyed order by t, n limit 1; delete from wide where id = 6;
            """);
        var found = Lab.Found(await Lab.VerifyAsync(options, [primary, fork]));
        found.Where(line => line.Contains("keyed id=", StringComparison.Ordinal)).ShouldBe(
        [
            "ChangedValue public.keyed id=15000 [t]", "ExtraRow public.keyed id=0 []", "ExtraRow public.keyed id=30001 []",
            "MissingRow public.keyed id=1 []", "MissingRow public.keyed id=30000 []",
        ]);
        found.ShouldContain("MissingRow public.wide id=6 []");
        Of(found, "public.unkeyed").ShouldBe(["ExtraRow"]);
        found.Length.ShouldBe(7);
    }

    [Fact]
    public async Task A_damaged_page_is_named_and_the_rest_is_compared()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync("create table orders (id int primary key, t text); insert into orders select g, md5(g::text) from generate_series(1, 20000) g; create table fine (i int primary key); insert into fine values (1)");
        // What is read for the first time is written anew, and would mend the standby on the way.
        await primary.ExecuteAsync("vacuum (freeze) orders");
        await primary.ExecuteAsync("checkpoint");
        var standby = await lab.StandbyAsync(primary);
        await primary.ReplayedAsync(standby);
        var file = await standby.FileOfAsync("orders");
        await standby.StopAsync();
        Bytes.Flip(file, (7 * 8192) + 5000);
        await standby.StartAsync();
        var result = await Lab.VerifyAsync(primary, standby);
        result.Verdict.ShouldBe(VerifyVerdict.Different);
        var only = result.Differences.ShouldHaveSingleItem();
        (only.Kind, only.Member, only.Table, only.Key).ShouldBe((DifferenceKind.Unreadable, "s", "public.orders", "block 7"));
        only.Detail.ShouldContain("invalid page in block 7");
        result.Rows.ShouldBe(20_001);
    }

    private static IEnumerable<string> Of(IEnumerable<string> found, string table) =>
        found.Where(line => line.Contains($" {table} ", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]);
}

using Holdfast.Core.Loss;
using Holdfast.PostgreSql.Tests.Harness;

namespace Holdfast.PostgreSql.Tests.Loss;

[Trait("Speed", "Slow")]
public class ReplayTests
{
    private const string Schema = """
        CREATE SCHEMA "My Schema";
        CREATE TYPE "My Schema".mood AS ENUM ('so so', 'it''s fine');
        CREATE TYPE "My Schema"."we]ird" AS (x int, y text);
        CREATE DOMAIN "My Schema".even AS int CHECK (value % 2 = 0);
        CREATE TABLE "My Schema"."All ""types" (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "c[1]" text, sm smallint, i int, n numeric(40,20), re real, d float8, mo money,
          b bool, ch char(5), vc varchar(20), na name, one "char", by bytea, bi bit(3), vb bit varying, da date, ti time(3), tz timetz,
          ts timestamp, tt timestamptz, iv interval, js json, jb jsonb, jp jsonpath, xm xml, uu uuid, ip inet, ci cidr, ma mac8, oi oid, rc regclass,
          po point, li line, ls lseg, bo box, pa path, pg polygon, cr circle, tv tsvector, tq tsquery, ir int4range, mr tsmultirange,
          ar int[], a2 text[][], lsn pg_lsn, sn pg_snapshot, m "My Schema".mood, mm "My Schema".mood[], co "My Schema"."we]ird", ev "My Schema".even,
          ge numeric GENERATED ALWAYS AS (n * 2) STORED, big text);
        ALTER TABLE "My Schema"."All ""types" ALTER COLUMN big SET STORAGE EXTERNAL;
        CREATE TABLE two_keys (a text, b date, v text, PRIMARY KEY (b, a));
        CREATE TABLE whole (a int, b text, c xml); ALTER TABLE whole REPLICA IDENTITY FULL;
        CREATE TABLE keyless (a int, b text);
        CREATE TABLE by_index (a int NOT NULL, b text NOT NULL, c text); CREATE UNIQUE INDEX by_b ON by_index (b);
        ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_b;
        CREATE TABLE emptied (id serial PRIMARY KEY); CREATE TABLE child (id int REFERENCES emptied);
        CREATE TABLE measured (at date NOT NULL, v int, PRIMARY KEY (at)) PARTITION BY RANGE (at);
        CREATE TABLE measured_old PARTITION OF measured FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
        CREATE TABLE measured_new PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
        CREATE TABLE audit (id int, what text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.audit VALUES (new.a, ''noted''); RETURN new; END';
        CREATE TRIGGER noted AFTER INSERT ON keyless FOR EACH ROW EXECUTE FUNCTION note();
        """;

    private const string Row = """
        ('line1'||chr(10)||'line2'||chr(13)||'q '' "\ [text]:''x'' new-tuple: a[int]:1 -- ; é €' , -5, 2147483647, 12345678901234567890.12345678901234567890, 1.1,
          0.1,
          -1234.56, true, 'ab', 'vc', 'na me', 'z', '\x00ff27', B'101', B'', '2026-02-28', '12:34:56.789', '12:34:56+05:30', 'infinity',
          '2026-01-02 03:04:05.678901+02', '1 mon -2 days 03:04:05.678', '{"a" :  1}', '{"a": "b''c", "n": null}', '$.a[*] ? (@ > 1)',
          '<a b="1">&amp;é</a>',
          'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.1.2.3/24', '10.0.0.0/8', '08:00:2b:01:02:03:04:05', 4294967295, 'pg_class', '(1,2)', '{1,2,3}',
          '[(1,2),(3,4)]', '(3,4),(1,2)', '[(0,0),(1,1)]', '((0,0),(1,1))', '<(1,2),3>', 'a:1 b:2', 'a & b', '[1,5)', '{[2026-01-01,2026-02-01)}',
          '{1,NULL,3}', '{{"a,b","c\"d"},{"",NULL}}', '16/B374D848', '10:20:10,14,15', 'it''s fine', '{so so,NULL}',
          ROW(1, 'a,"b'')'), 4, repeat('Zoë ', 3000))
        """;

    private const string Columns = """
        "c[1]", sm, i, n, re, d, mo, b, ch, vc, na, one, by, bi, vb, da, ti, tz, ts, tt, iv, js, jb, jp, xm, uu, ip, ci, ma, oi, rc, po, li, ls, bo,
        pa, pg, cr, tv, tq, ir, mr, ar, a2, lsn, sn, m, mm, co, ev, big
        """;

    [Fact]
    public async Task Replayed_on_the_new_primary_it_is_as_the_old_one_was()
    {
        await using var disaster = await Disaster.StartAsync(
            async group =>
            {
                await group.ExecuteAsync("a", Schema.Replace("mac8", "macaddr8", StringComparison.Ordinal));
                await group.ExecuteAsync("a", $"""
                    INSERT INTO "My Schema"."All ""types" ({Columns}) VALUES {Row}, {Row}, {Row};
                    INSERT INTO two_keys SELECT 'k' || i, '2026-01-01', 'v' FROM generate_series(1, 9) i;
                    INSERT INTO whole VALUES (1, 'x', '<a/>'), (1, 'x', '<a/>'), (2, NULL, NULL), (3, '', '<b>1</b>');
                    INSERT INTO by_index VALUES (1, 'one', 'c'), (2, 'two', 'c'), (3, 'three', NULL);
                    INSERT INTO emptied SELECT FROM generate_series(1, 5); INSERT INTO child VALUES (1);
                    INSERT INTO measured VALUES ('2025-05-05', 1)
                    """);
                await group.ExecuteAsync("a", """CREATE DATABASE "Sh'o""p" """);
                await group.ExecuteAsync("a", "CREATE TABLE basket (id int PRIMARY KEY, v text); INSERT INTO basket VALUES (1, 'x')", "Sh'o\"p");
            },
            spec => spec with { Parameters = spec.Parameters.Add("max_prepared_transactions", "5") });
        var group = disaster.Group;
        await disaster.AwaitArrivalAsync();
        await disaster.CutAsync();
        await group.ExecuteAsync("a", $"""
            INSERT INTO "My Schema"."All ""types" ({Columns}) VALUES {Row};
            INSERT INTO "My Schema"."All ""types" (re, d, n, tt, da) VALUES ('NaN', '-Infinity', 'NaN', '-infinity', '4713-01-01 BC');
            INSERT INTO "My Schema"."All ""types" DEFAULT VALUES
            """);
        await group.ExecuteAsync("a", """UPDATE "My Schema"."All ""types" SET i = i - 1, "c[1]" = NULL, xm = NULL, m = 'so so' WHERE id IN (1, 4)""");
        await group.ExecuteAsync("a", """DELETE FROM "My Schema"."All ""types" WHERE id = 2""");
        await group.ExecuteAsync("a", """UPDATE "My Schema"."All ""types" SET id = DEFAULT, big = 'short' WHERE id = 3""");
        await group.ExecuteAsync("a", """
            BEGIN; UPDATE two_keys SET a = 'new ' || a WHERE a < 'k4'; UPDATE two_keys SET a = 'k2', v = 'took the key' WHERE a = 'k9';
            DELETE FROM two_keys WHERE a = 'k5'; INSERT INTO two_keys VALUES ('k5', '2026-01-01', 'again'); UPDATE two_keys SET v = v || '!'; COMMIT
            """);
        await group.ExecuteAsync("a", "DELETE FROM whole WHERE ctid = (SELECT min(ctid) FROM whole WHERE a = 1)");
        await group.ExecuteAsync("a", "UPDATE whole SET b = 'was null' WHERE a = 2; UPDATE whole SET c = NULL, b = NULL WHERE a = 3");
        await group.ExecuteAsync(
            "a", "UPDATE by_index SET c = 'd' WHERE a = 1; UPDATE by_index SET b = 'zwei' WHERE a = 2; DELETE FROM by_index WHERE a = 3");
        await group.ExecuteAsync("a", "INSERT INTO keyless VALUES (1, 'a'), (1, 'a')");
        await group.ExecuteAsync("a", "INSERT INTO emptied VALUES (77)");
        await group.ExecuteAsync("a", "TRUNCATE emptied RESTART IDENTITY CASCADE; INSERT INTO emptied SELECT FROM generate_series(1, 2)");
        await group.ExecuteAsync("a", "UPDATE measured SET at = '2026-03-03', v = 2; INSERT INTO measured VALUES ('2024-01-01', 3)");
        await group.ExecuteAsync("a", "BEGIN; INSERT INTO two_keys VALUES ('prepared', '2026-01-01', 'p'); PREPARE TRANSACTION 'p'");
        await group.ExecuteAsync("a", "COMMIT PREPARED 'p'");
        await group.ExecuteAsync("a", "UPDATE basket SET v = 'y'; INSERT INTO basket VALUES (2, 'z')", "Sh'o\"p");
        var before = await AllRowsAsync(group, "a");
        await disaster.StrikeAsync();

        var (report, lost) = await disaster.ReturnAsync();
        report.IsComplete.ShouldBeTrue(string.Join("; ", report.Gaps));
        var replay = await Replay.PrepareAsync(disaster, report, lost);
        replay.Fates.Where(pair => !FateTracker.IsReplayed(pair.Fate)).ShouldBeEmpty();
        (await AllRowsAsync(group, "b")).ShouldNotBe(before);
        await replay.RunAsync(group);
        (await AllRowsAsync(group, "b")).ShouldBe(before);

        // What was done again is seen to be there.
        var again = await Replay.PrepareAsync(disaster, report, lost);
        again.Fates.Where(pair => pair.Fate == RowFate.Free).Select(pair => pair.Change.New[0].Text).ShouldBe(["77"]);
        again.Fates.ShouldContain(pair => pair.Fate == RowFate.Done);
    }

    private static async Task<string> AllRowsAsync(TestGroup group, string member)
    {
        string[] tables = ["\"My Schema\".\"All \"\"types\"", "two_keys", "whole", "keyless", "by_index", "emptied", "child", "measured", "audit"];
        var rows = new List<string>();
        foreach (var table in tables)
        {
            rows.Add(table + "\n" + await group.AskAsync(member, $"SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM {table} t"));
        }

        rows.Add((await group.AskAsync(member, "SELECT string_agg(t::text, E'\\n' ORDER BY id) FROM basket t", "Sh'o\"p"))!);
        return string.Join('\n', rows);
    }
}

using Holdfast.Verification.Results;
using Holdfast.Verification.Tests.Servers;

namespace Holdfast.Verification.Tests.Types;

[Trait("Speed", "Slow")]
public sealed class TypeTests
{
    private static readonly string[] KeyTypes =
    [
        "smallint:7", "bigint:4294967297", "numeric:1.50", "text:'a,b\"c''d'", "varchar(9):''", "char(4):'x'", "uuid:'00000000-0000-0000-0000-0000000000ff'",
        "timestamptz:'2024-01-01 12:00+02'", "date:'infinity'", "interval:'1 mon 2 days'", "bytea:'\\x00ff'", "inet:'10.0.0.1/8'", "float8:'0.1'", "boolean:true",
        "int4[]:'{1,2}'", "jsonb:'{\"a\": [1]}'", "mood:'ok'", "pair:'(1,x)'", "positive:3", "int4range:'[1,3)'", "oid:9", "\"char\":'c'", "name:'n'", "money:1.5",
    ];

    [Fact]
    public async Task A_changed_value_of_every_type_is_found_and_an_equal_one_is_not_whatever_the_settings_of_the_server()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync(TypeCases.Preparation);
        await primary.ExecuteAsync(string.Concat(TypeCases.All.Select((one, number) =>
            $"create table c{number:000} (id int primary key, v {one.Type}, w int default 1); insert into c{number:000} values (1, {one.Value}), (2, {one.Changed}), (3, null);\n")));
        await primary.ExecuteAsync($"create table every (id int primary key, {string.Join(", ", TypeCases.All.Select((one, number) => $"v{number} {one.Type}"))}); " +
            $"insert into every values (1, {string.Join(", ", TypeCases.All.Select(one => one.Value))})");
        var fork = await lab.ForkAsync(primary);
        await fork.ExecuteAsync("alter system set datestyle = 'German, DMY'");
        await fork.ExecuteAsync("alter system set intervalstyle = 'sql_standard'");
        await fork.ExecuteAsync("alter system set timezone = 'Asia/Tokyo'");
        await fork.ExecuteAsync("alter system set extra_float_digits = -15");
        await fork.ExecuteAsync("alter system set bytea_output = 'escape'");
        await fork.ExecuteAsync("alter system set xmloption = 'document'");
        await fork.ExecuteAsync("alter system set search_path = 'public'");
        await fork.ExecuteAsync("select pg_reload_conf()");
        var equal = await Lab.VerifyAsync(primary, fork);
        Lab.Found(equal).ShouldBeEmpty();
        equal.Verdict.ShouldBe(VerifyVerdict.Equal);

        await fork.ExecuteAsync(string.Concat(TypeCases.All.Select((one, number) => $"update c{number:000} set v = {one.Changed} where id = 1;\n")));
        await fork.ExecuteAsync("update every set v80 = null");
        var different = await Lab.VerifyAsync(primary, fork);
        Lab.Found(different).ShouldBe(
        [
            .. TypeCases.All.Select((_, number) => $"ChangedValue public.c{number:000} id=1 [v]"), "ChangedValue public.every id=1 [v80]",
        ]);
    }

    [Fact]
    public async Task Rows_are_named_by_keys_of_any_type()
    {
        await using var lab = new Lab();
        var primary = await lab.PrimaryAsync();
        await primary.ExecuteAsync(TypeCases.Preparation);
        await primary.ExecuteAsync(string.Concat(KeyTypes.Select((key, number) => (Part: key.Split(':', 2), number)).Select(key =>
            $"create table k{key.number:000} (k {key.Part[0]} primary key, v int); insert into k{key.number:000} values ({key.Part[1]}, 1);\n")));
        await primary.ExecuteAsync("create table wide (b text, a int, c text, v int, primary key (a, b)); insert into wide values ('x, y=1', 1, 'c', 1), ('z', 1, 'c', 1)");
        await primary.ExecuteAsync("create table by_index (v int, u text not null unique); insert into by_index values (1, 'one')");
        var fork = await lab.ForkAsync(primary);
        await fork.ExecuteAsync(string.Concat(KeyTypes.Select((_, number) => $"update k{number:000} set v = 2;\n")) +
            "update wide set v = 2 where b = 'z'; update by_index set v = 2");
        var found = Lab.Found(await Lab.VerifyAsync(primary, fork));

        // Types that are not the server's own are not looked up by key: there the row is told by its place, and the update moved it.
        found.Where(line => line.StartsWith("ChangedValue", StringComparison.Ordinal)).Count().ShouldBe(KeyTypes.Length - 2 + 2, string.Join('\n', found));
        found.ShouldContain("ChangedValue public.k003 k=a,b\"c'd [v]");
        found.ShouldContain("ChangedValue public.k007 k=2024-01-01 10:00:00+00 [v]");
        found.ShouldContain("ChangedValue public.wide a=1, b=z [v]");
        found.ShouldContain("ChangedValue public.by_index u=one [v]");
        found.Where(line => line.Contains("row at (0,", StringComparison.Ordinal)).Count().ShouldBe(4);
    }
}

from tests.checkins.told import *
from checkins import jobs, opening
from checkins.models import *
from sqlalchemy import select, insert, text
from server.core.tables import new_id
import time
N=6000
def test_x(world):
    from server.people.models import Client
    add_schedule(world, daily(world)); world.noor.api.get("/me/checkins")
    def setup(tx):
        c=tx.session.connection()
        occ=dict(c.execute(select(Occurrence.__table__)).one()._mapping)
        sch=dict(c.execute(select(ScheduleRow.__table__)).one()._mapping)
        cl=dict(c.execute(select(Client.__table__).where(Client.id==world.noor.id)).one()._mapping)
        q=dict(c.execute(select(QuestionnaireRow.__table__)).one()._mapping)
        cs,ss,os_,qs=[],[],[],[]
        for n in range(N):
            cid,sid=new_id(),new_id()
            cs.append({**cl,"id":cid}); ss.append({**sch,"id":sid,"client_id":cid}); os_.append({**occ,"id":new_id(),"schedule_id":sid,"client_id":cid}); qs.append({**q,"id":new_id(),"client_id":cid})
        c.execute(insert(Client),cs); c.execute(insert(ScheduleRow),ss); c.execute(insert(Occurrence),os_); c.execute(insert(QuestionnaireRow),qs)
    world.db.write_now(setup)
    if not world.db.sqlite:
        with world.db.engine.connect() as c: c.execution_options(isolation_level="AUTOCOMMIT").execute(text("analyze"))
    world.clock.advance(hours=1)
    jobs.open_due(world.db)
    raw=world.db.engine.raw_connection(); cur=raw.cursor()
    lite=world.db.sqlite; ph="?" if lite else "%s"
    from datetime import timedelta
    from server.core.tables import UTCDateTime
    def dt(x): return x if not lite else UTCDateTime().process_bind_param(x, world.db.engine.dialect)
    def uid(x): return x.bytes if lite else x
    now=world.clock.at
    def ours():
        return jobs.open_due(world.db)
    def bare():
        if lite: cur.execute("begin immediate")
        cur.execute(f"select id, schedule_id, client_id from occurrences where state='scheduled' and due_at <= {ph} order by due_at limit 500"+("" if lite else " for update skip locked"), [dt(now)])
        part=cur.fetchall()
        cur.executemany(f"update occurrences set state='open', opened_at={ph}, questionnaire_id=null, remind_at=null where id={ph}", [(dt(now), r[0]) for r in part])
        cur.executemany(f"insert into occurrences (id,client_id,schedule_id,slot,zone,tzdata,rotation,due_at,closes_at,reminded,state) values ({','.join([ph]*9)},0,'scheduled')", [(uid(new_id()), r[2], r[1], "2026-01-14T10:00","America/Chicago","2026a",1,dt(now+timedelta(days=1)),dt(now+timedelta(days=1,hours=2))) for r in part])
        cur.execute("commit") if lite else raw.commit()
        return 500
    best={}
    for k in range(5):
        for f in (ours, bare):
            t,c=time.perf_counter(),time.process_time()
            n=f(); w=time.perf_counter()-t; cp=time.process_time()-c
            b=best.setdefault(f.__name__,[9,9]); b[0]=min(b[0],w/n*500); b[1]=min(b[1],cp/n*500)
            print(f.__name__, n, round(w*1000), round(cp*1000))
    print(best, "ratio", best["bare"][0]/best["ours"][0])
    assert 0
